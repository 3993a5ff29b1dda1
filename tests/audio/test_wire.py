from __future__ import annotations

import numpy as np
import pytest

from rtwidgets.audio import decode, decode_alaw, decode_ulaw, encode
from rtwidgets.errors import AudioError

x = np.array([0, 1000, -1000, 32767, -32768], np.int16)


def test_pcm_is_exact() -> None:
    assert encode(x, "audio/pcm") == x.astype("<i2").tobytes()
    assert decode(encode(x, "audio/pcm"), "audio/pcm").tolist() == x.tolist()


@pytest.mark.parametrize(
    ("name", "law"), [("audio/pcmu", decode_ulaw), ("audio/pcma", decode_alaw)]
)
def test_g711_is_a_byte_a_sample(name: str, law) -> None:  # type: ignore[no-untyped-def]
    data = encode(x, name)
    assert len(data) == x.size
    assert decode(data, name).tolist() == law(data).tolist()


def test_other_names_and_half_samples_are_refused() -> None:
    with pytest.raises(AudioError, match="audio/mp3"):
        encode(x, "audio/mp3")
    with pytest.raises(AudioError, match="audio/mp3"):
        decode(b"", "audio/mp3")
    with pytest.raises(AudioError, match="1 bytes"):
        decode(b"a", "audio/pcm")
