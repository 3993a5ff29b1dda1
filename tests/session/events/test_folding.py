"""A frame of sound comes out of the log as it went in, to the byte, or is kept as it is."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.protocol.dialects import BETA, GA
from rtwidgets.protocol.events import ResponseOutputAudioDelta
from rtwidgets.session.events.events_log import EventsLog
from rtwidgets.session.events.folding import fold, unfold

PLACE = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0}


def frame(sound: bytes, *, first: bool = False, blanks: bool = False, **more: str) -> bytes:
    """As servers write it: ``delta`` last or before all else, with blanks or without."""
    delta = {"delta": base64.b64encode(sound).decode()}
    event = {"type": "response.output_audio.delta", "event_id": "event_1", **more}
    event = {**delta, **event, **PLACE} if first else {**event, **PLACE, **delta}  # type: ignore[dict-item]
    return json.dumps(event, separators=(", ", ": ") if blanks else (",", ":")).encode()


@given(st.binary(min_size=1, max_size=400), st.booleans(), st.booleans())
def test_it_comes_back_to_the_byte(sound: bytes, first: bool, blanks: bool) -> None:
    data = frame(sound, first=first, blanks=blanks)
    folded = fold(data, sound)
    assert folded is not None and len(folded[0]) < 220
    assert unfold(*folded, sound) == data


@pytest.mark.parametrize(
    "odd",
    [
        b'{"type":"x","delta":"QU\\u004aD"}',  # the same letters, written otherwise
        b'{"type":"x","sound":"QUJD"}',
        b'{"type":"x","delta":null}',
        b'{"type":"x","delta":"QUJD',
        b'{"delta":"QUJDQUJD"}',
        b'"delta":',
        b"",
    ],
)
def test_what_would_not_come_back_is_kept_as_it_is(odd: bytes) -> None:
    assert fold(odd, b"ABC") is None
    assert fold(frame(b"ABC"), b"") is None


def test_loose_ends_of_base64_are_kept_as_they_are() -> None:
    # "QQ==" and "QR==" are both the letter A.
    data = frame(b"A").replace(b"QQ==", b"QR==")
    assert fold(data, b"A") is None and fold(frame(b"A"), b"A") is not None


def test_names_and_values_that_look_like_the_sounds_are_passed_over() -> None:
    data = frame(b"ABC", item="delta", note='"delta":"QUJD"')
    folded = fold(data, b"ABC")
    assert folded is not None and unfold(*folded, b"ABC") == data
    assert b'"delta":""' in folded[0]


@pytest.mark.parametrize("keep_mb", [64.0, 0.0], ids=["in memory", "in the file"])
@pytest.mark.parametrize("dialect", [GA, BETA])
def test_the_log_gives_the_frames_that_came(dialect: GA.__class__, keep_mb: float) -> None:  # type: ignore[name-defined]
    log = EventsLog(keep_mb)
    frames = []
    for n in range(1, 300):
        event = ResponseOutputAudioDelta(
            event_id=f"event_{n}",
            response_id="resp_1",
            item_id="item_1",
            output_index=0,
            content_index=0,
            delta=bytes([n % 256]) * n,
        )
        frames.append((dialect.encode(event) or "").encode())
        log.received(frames[-1], event.delta)
        log.received(b'{"type":"other"}')
    assert [e.raw for e in log][::2] == frames
    assert [e.size for e in log][::2] == [len(frame) for frame in frames]
    assert {e.raw for e in log[1::2]} == {b'{"type":"other"}'}


def test_sound_takes_its_own_length_in_memory() -> None:
    sound = bytes(30_000)
    log = EventsLog()
    log.received(frame(sound), sound)
    assert len(sound) < log._bytes < len(sound) + 600
    assert log[0].size == len(frame(sound)) > 40_000
