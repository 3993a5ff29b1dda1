"""The short way to read an append agrees with the long one, frame by frame."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from rtwidgets.errors import RemoteProtocolError
from rtwidgets.protocol.appends import read_append
from rtwidgets.protocol.client_events import InputAudioBufferAppend
from rtwidgets.protocol.dialects import BETA, GA, Dialect
from rtwidgets.protocol.validation import MAX_APPEND_BYTES, check, parse

KIND = "input_audio_buffer.append"
SOUND = base64.b64encode(bytes(range(200))).decode()


def the_long_way(text: str | bytes) -> InputAudioBufferAppend | None:
    """What ``validation.py`` makes of a frame."""
    try:
        raw = parse(text)
        return check(raw, InputAudioBufferAppend) if raw["type"] == KIND else None
    except RemoteProtocolError:
        return None


def test_a_correct_append_is_read() -> None:
    text = json.dumps({"type": KIND, "event_id": "e1", "audio": SOUND})
    event = InputAudioBufferAppend(event_id="e1", audio=bytes(range(200)))
    assert read_append(text) == read_append(text.encode()) == event
    assert read_append(json.dumps({"type": KIND, "audio": ""})) == InputAudioBufferAppend(audio=b"")


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(),
    st.binary().map(lambda data: base64.b64encode(data).decode()),
    st.text("ABCD=+/-_ \n", max_size=9),
    st.sampled_from(["x" * 512, "x" * 513, "\ud800", [], {}]),
)
KEYS = st.sampled_from(["audio", "event_id", "extra", "type"])


@given(st.dictionaries(KEYS, VALUES), st.booleans())
def test_whatever_it_reads_is_what_the_long_way_reads(fields: dict[str, Any], typed: bool) -> None:
    event = {"type": KIND, **fields, **({"type": KIND} if typed else {})}
    text = json.dumps(event)
    read = read_append(text)
    if read is not None:
        assert read == the_long_way(text)
    else:
        # A null that counts as absent is the one thing that only the long way forgives.
        assert the_long_way(text) is None or event.get("event_id", UNSET) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '"input_audio_buffer.append"',
        '{"type": "input_audio_buffer.append"',
        '{"type": "input_audio_buffer.append", "audio": "AA=="} x',
        '{"type": "input_audio_buffer.append", "audio": ' + "[" * 100_000,
        b'{"type": "input_audio_buffer.append", "audio": "\xff"}',
        '{"type": "input_audio_buffer.append", "audio": "\ud800"}',
        '{"type": "input_audio_buffer.append", "audio": "AAA"}',
    ],
)
def test_what_is_wrong_is_left_to_the_long_way(text: str | bytes) -> None:
    assert read_append(text) is None
    assert the_long_way(text) is None


@pytest.mark.parametrize("dialect", [GA, BETA])
def test_a_dialect_takes_15_mib_and_no_byte_more(dialect: Dialect) -> None:
    def frame(size: int) -> str:
        return json.dumps({"type": KIND, "audio": base64.b64encode(bytes(size)).decode()})

    event = dialect.decode_client(frame(MAX_APPEND_BYTES))
    assert isinstance(event, InputAudioBufferAppend) and len(event.audio) == MAX_APPEND_BYTES
    with pytest.raises(RemoteProtocolError, match="too long") as refused:
        dialect.decode_client(frame(MAX_APPEND_BYTES + 1))
    assert refused.value.param == "audio"


def test_a_type_at_the_end_is_found_the_long_way() -> None:
    text = json.dumps({"audio": SOUND, "type": KIND})
    assert read_append(text) is None
    assert GA.decode_client(text) == InputAudioBufferAppend(audio=bytes(range(200)))
