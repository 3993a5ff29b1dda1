from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.audio import decode_alaw, decode_ulaw, encode_alaw, encode_ulaw

every_sample = np.arange(-32768, 32768).astype(np.int16)
every_code = bytes(range(256))

# Character signals as ITU-T G.711 tables 1 and 2 print them, in 16-bit units: the ends
# of the scale, both zeros, and levels from several segments.
ULAW_LEVELS = {
    0x00: -32124, 0x80: 32124, 0x7F: 0, 0xFF: 0, 0xFE: 8, 0x7E: -8, 0xEF: 132, 0xDF: 396,
    0xCF: 924, 0xBF: 1980, 0xAF: 4092, 0x9F: 8316, 0x8F: 16764, 0x0F: -16764, 0x70: -120,
}  # fmt: skip
ALAW_LEVELS = {
    0xD5: 8, 0x55: -8, 0xAA: 32256, 0x2A: -32256, 0xDA: 248, 0xC5: 264, 0xF5: 528, 0xE5: 1056,
    0x95: 2112, 0x85: 4224, 0xB5: 8448, 0xA5: 16896, 0x25: -16896,
}  # fmt: skip


@pytest.mark.parametrize(("code", "level"), ULAW_LEVELS.items())
def test_known_ulaw_levels(code: int, level: int) -> None:
    assert decode_ulaw(bytes([code])).tolist() == [level]


@pytest.mark.parametrize(("code", "level"), ALAW_LEVELS.items())
def test_known_alaw_levels(code: int, level: int) -> None:
    assert decode_alaw(bytes([code])).tolist() == [level]


def test_whole_tables() -> None:
    """Digests of tables that were compared, value by value, with other implementations.

    The A-law coder and both decoders equal the classic Sun code everywhere. Its μ-law
    coder rounds 381 negative inputs next to a decision value the other way.
    """
    digest = {
        "ulaw": hashlib.sha256(encode_ulaw(every_sample)).hexdigest()[:16],
        "alaw": hashlib.sha256(encode_alaw(every_sample)).hexdigest()[:16],
        "from ulaw": hashlib.sha256(decode_ulaw(every_code).astype("<i2").tobytes()).hexdigest()[
            :16
        ],
        "from alaw": hashlib.sha256(decode_alaw(every_code).astype("<i2").tobytes()).hexdigest()[
            :16
        ],
    }
    assert digest == {
        "ulaw": "5ee7cf5f273f842d",
        "alaw": "38488f6fd710f468",
        "from ulaw": "3dab54339e520bb2",
        "from alaw": "e04788d110e58ff8",
    }


def test_every_code_survives_the_round_trip() -> None:
    assert encode_alaw(decode_alaw(every_code)) == every_code
    # μ-law has two zeros; the negative one comes back as the positive one.
    assert encode_ulaw(decode_ulaw(every_code)) == every_code.replace(b"\x7f", b"\xff")


@pytest.mark.parametrize(
    ("encode", "decode", "clip"),
    [(encode_ulaw, decode_ulaw, 32635), (encode_alaw, decode_alaw, 32767)],
)
def test_the_error_is_at_most_half_a_step(encode, decode, clip) -> None:  # type: ignore[no-untyped-def]
    """Half a step is 1/32 of the number, about, and a few units near zero."""
    x = np.clip(every_sample.astype(int), -clip, clip)
    error = np.abs(decode(encode(every_sample)).astype(int) - x)
    assert (error <= np.abs(x) / 32 + 9).all()


@given(st.lists(st.integers(-32768, 32767), max_size=50))
def test_order_of_size_is_kept(numbers: list[int]) -> None:
    x = np.array(sorted(numbers), np.int16)
    assert (np.diff(decode_ulaw(encode_ulaw(x)).astype(int)) >= 0).all()
    assert (np.diff(decode_alaw(encode_alaw(x)).astype(int)) >= 0).all()
