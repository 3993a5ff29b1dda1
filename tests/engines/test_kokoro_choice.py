from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtwidgets.engines import kokoro_choice
from rtwidgets.engines.kokoro_choice import fastest, has_dot_product, likeness
from rtwidgets.errors import EngineError

SOUND = np.sin(np.arange(2400) / 5).astype(np.float32)


@pytest.fixture
def graphs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Sessions that are the bytes of their file, and a rewriting that takes them away."""
    monkeypatch.setenv("RTWIDGETS_CACHE", str(tmp_path / "cache"))
    shipped = tmp_path / "shipped.onnx"
    shipped.write_bytes(b"shipped")

    class Model(bytes):
        def SerializeToString(self) -> bytes:  # noqa: N802 - protobuf's name
            return bytes(self)

    used: dict[str, Any] = {"shipped": shipped, "rewritten": 0, "spoken": []}

    def rewrite(model: Model, *, fourier: bool = True) -> Model:
        used["rewritten"] += 1
        return Model(b"faster" if fourier else b"exact")

    monkeypatch.setattr(kokoro_choice, "rewrite", rewrite)
    monkeypatch.setattr(kokoro_choice, "_load", lambda path: Model(path.read_bytes()))
    monkeypatch.setattr(kokoro_choice, "onnx_session", lambda path: Path(path).read_bytes())
    monkeypatch.setattr(kokoro_choice, "has_dot_product", lambda: True)
    return used


def speaker(used: dict[str, Any], **sounds: np.ndarray) -> Any:
    """Speaks a sentence; the shipped graph takes its time."""

    def sentence(session: bytes) -> np.ndarray:
        name = session.decode()
        used["spoken"].append(name)
        end = 200_000 if name == "shipped" else 1
        sum(range(end))
        return sounds.get(name, SOUND)

    return sentence


def test_faster_graph_is_made_once(graphs: dict[str, Any]) -> None:
    pytest.importorskip("onnxruntime")
    said: list[str] = []
    assert fastest(graphs["shipped"], speaker(graphs), say=said.append) == b"faster"
    assert len(said) == 2
    assert "likeness 1.0000 and 1.00" in said[1]
    made, spoken = graphs["rewritten"], len(graphs["spoken"])
    assert fastest(graphs["shipped"], speaker(graphs), say=said.append) == b"faster"
    assert (graphs["rewritten"], len(graphs["spoken"]), len(said)) == (made, spoken, 2)


@pytest.mark.parametrize("wrong", ["exact", "faster"])
def test_graph_that_sounds_different_is_not_used(graphs: dict[str, Any], wrong: str) -> None:
    pytest.importorskip("onnxruntime")
    noise = np.random.default_rng(1).standard_normal(2400).astype(np.float32)
    assert fastest(graphs["shipped"], speaker(graphs, **{wrong: noise})) == b"shipped"
    (record,) = (graphs["shipped"].parent / "cache" / "kokoro-82m").glob("*.json")
    assert json.loads(record.read_text())["usable"] is False


def test_processor_without_the_instructions_keeps_the_shipped_graph(
    graphs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr(kokoro_choice, "has_dot_product", lambda: False)
    assert fastest(graphs["shipped"], speaker(graphs)) == b"shipped"
    assert graphs["spoken"] == []


def test_graph_that_cannot_be_changed_is_used_as_it_is(
    graphs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime")

    def refuse(model: Any, **_: Any) -> Any:
        raise EngineError("this graph of Kokoro is another one")

    monkeypatch.setattr(kokoro_choice, "rewrite", refuse)
    assert fastest(graphs["shipped"], speaker(graphs)) == b"shipped"


def test_damaged_copy_is_not_used(graphs: dict[str, Any]) -> None:
    pytest.importorskip("onnxruntime")
    fastest(graphs["shipped"], speaker(graphs))
    (copy,) = (graphs["shipped"].parent / "cache" / "kokoro-82m").glob("*.onnx")
    copy.write_bytes(b"something else")
    assert fastest(graphs["shipped"], speaker(graphs)) == b"shipped"


def test_likeness_is_a_correlation_of_what_both_have() -> None:
    assert likeness(SOUND, SOUND[:-100]) == pytest.approx(1)
    assert likeness(SOUND, 0.5 * SOUND) == pytest.approx(1)
    assert likeness(SOUND, -SOUND) == pytest.approx(-1)
    assert likeness(SOUND, np.zeros(2400, np.float32)) == 0


def test_processor_is_asked_by_its_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kokoro_choice.sys, "platform", "linux")
    for flags, expected in (
        ("flags : fpu sse2 avx512_vnni", True),
        ("flags : fpu avx2 avx_vnni", True),
        ("Features : fp asimd asimddp", True),
        ("flags : fpu sse2 avx2 avx512f", False),
    ):
        monkeypatch.setattr(Path, "read_text", lambda self, *_, flags=flags: flags)
        assert has_dot_product() is expected
