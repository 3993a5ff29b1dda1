"""The input buffer's places in time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.protocol.config import AudioFormat
from rtwidgets.protocol.input_buffer import InputBuffer

MS = 48  # bytes of PCM16 at 24 kHz in one millisecond


def test_positions_count_everything_ever_appended() -> None:
    buffer = InputBuffer()
    buffer.append(bytes(100 * MS))
    buffer.clear()
    buffer.append(bytes(50 * MS))
    assert (buffer.start_ms, buffer.end_ms, buffer.duration_ms) == (100, 150, 50)


def test_between_gives_the_sound_at_its_place() -> None:
    buffer = InputBuffer()
    buffer.append(b"\x01\x00" * 24 * 10 + b"\x02\x00" * 24 * 10)
    buffer.drop_until(5)
    assert buffer.between(9, 11) == b"\x01\x00" * 24 + b"\x02\x00" * 24


def test_a_format_counts_in_its_own_samples() -> None:
    buffer = InputBuffer()
    buffer.append(bytes(100 * MS))
    buffer.change_format(AudioFormat(type="audio/pcmu"))
    buffer.append(bytes(8 * 20))
    assert (buffer.start_ms, buffer.end_ms) == (100, 120)


@given(st.lists(st.binary(max_size=97), max_size=30), st.lists(st.integers(0, 40), max_size=30))
def test_new_sound_comes_out_whole_and_once(pieces: list[bytes], drops: list[int]) -> None:
    buffer = InputBuffer()
    taken = b""
    for index, piece in enumerate(pieces):
        buffer.append(piece)
        new = buffer.take_new()
        assert len(new) % 2 == 0
        taken += new
        if index < len(drops):
            buffer.drop_until(buffer.start_ms + drops[index])
    sent = b"".join(pieces)
    assert taken == sent[: len(sent) - len(sent) % 2]
