"""One line for each event, and JSON without the base64."""

from __future__ import annotations

import base64
import random
import struct
from typing import Any

import pytest

from rtwidgets.protocol.config import PCM16_24K, AudioFormat
from rtwidgets.widgets.event_rows import cut_out, summary

BLOB = base64.b64encode(random.Random(3).randbytes(600)).decode()
SOUND = base64.b64encode(struct.pack("<480h", *([1000, -1000] * 240))).decode()


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"type": "error", "error": {"code": "bad", "message": "no"}}, "bad: no"),
        ({"type": "error", "error": "flat"}, "flat"),
        ({"type": "response.text.delta", "delta": " and\nso "}, "“ and so ”"),
        ({"type": "response.audio.delta", "delta": SOUND}, "960 bytes of sound"),
        ({"type": "input_audio_buffer.append", "audio": SOUND}, "960 bytes of sound"),
        ({"transcript": "hello"}, "“hello”"),
        ({"arguments": '{"a":1}'}, '{"a":1}'),
        (
            {"item": {"type": "message", "role": "user", "content": [{"text": "hi"}]}},
            "user: “hi”",
        ),
        (
            {"item": {"type": "message", "role": "user", "content": [{"type": "input_audio"}]}},
            "user input_audio",
        ),
        ({"item": {"type": "function_call", "name": "f", "arguments": "{}"}}, "f({})"),
        ({"item": {"type": "function_call_output", "output": "7"}}, "function_call_output: 7"),
        ({"item": {"type": "strange", "id": "x"}}, "strange x"),
        (
            {
                "type": "response.done",
                "response": {
                    "status": "cancelled",
                    "status_details": {"reason": "turn_detected"},
                    "usage": {"total_tokens": 1234},
                },
            },
            "cancelled, turn_detected, 1,234 tokens",
        ),
        (
            {"type": "response.create", "response": {"instructions": "x", "tools": []}},
            "instructions, tools",
        ),
        (
            {
                "type": "session.update",
                "session": {"type": "realtime", "audio": {"output": {"voice": "ash"}}},
            },
            "audio.output.voice",
        ),
        ({"type": "session.created", "session": {"model": "m", "id": "s"}}, "m s"),
        (
            {"rate_limits": [{"name": "tokens", "limit": 9, "remaining": 7}]},
            "tokens 7 of 9",
        ),
        ({"audio_start_ms": 1500, "item_id": "i"}, "begins at 1.50 s"),
        ({"item_id": "item_1"}, "item_1"),
        ({"part": {"type": "text", "text": "w"}}, "text: “w”"),
        ({"type": "input_audio_buffer.commit"}, ""),
        ("no json", "no json"),
    ],
)
def test_a_line_says_what_the_event_says(event: Any, line: str) -> None:
    assert summary(event) == line


@pytest.mark.parametrize("value", [None, 7, [], {}, "text", [None], {"type": 7}])
@pytest.mark.parametrize(
    "name",
    [
        *("error", "delta", "transcript", "arguments", "audio", "item", "part", "response"),
        *("session", "rate_limits", "audio_end_ms", "item_id", "text"),
    ],
)
def test_whatever_a_server_puts_there_a_line_comes_out(name: str, value: Any) -> None:
    assert isinstance(summary({"type": "response.done", name: value}), str)


def test_a_line_is_short() -> None:
    assert len(summary({"delta": "word " * 10_000})) == 160


def test_sound_becomes_a_length_and_a_waveform() -> None:
    event = {"type": "response.output_audio.delta", "delta": SOUND, "item_id": "i"}
    shown, cuts, buffers = cut_out(event, PCM16_24K)
    assert shown == {**event, "delta": ""}
    (cut,) = cuts
    assert cut == {"path": ["delta"], "what": "sound", "bytes": 960, "ms": 20.0, "buffer": 0}
    assert len(buffers[0]) == 2 * 160
    assert SOUND not in str(shown)
    assert event["delta"] == SOUND


def test_sound_of_the_telephone_has_its_own_clock() -> None:
    event = {"type": "input_audio_buffer.append", "audio": SOUND}
    _, (cut,), _ = cut_out(event, AudioFormat(type="audio/pcmu"))
    assert cut["ms"] == 120


def test_pictures_and_other_data_are_cut_where_they_stand() -> None:
    picture = "data:image/png;base64," + "A" * 2000
    event = {
        "type": "conversation.item.create",
        "item": {"content": [{"image_url": picture}, {"audio": SOUND}, {"text": "w " * 900}]},
        "blob": BLOB,
        "essay": "word " * 5000,
        "audio": "no base64!",
    }
    shown, cuts, _ = cut_out(event, PCM16_24K)
    assert [(".".join(cut["path"]), cut["what"]) for cut in cuts] == [
        ("item.content.0.image_url", "picture"),
        ("item.content.1.audio", "sound"),
        ("blob", "data"),
        ("essay", "text"),
    ]
    assert shown["audio"] == "no base64!", "what is wrong with it can be seen"
    assert cuts[2]["bytes"] == 600
    assert shown["item"]["content"][2]["text"] == "w " * 900
    assert cuts[0]["bytes"] == 1500


#: Long, and without an ASCII space.
WORDS = {
    "Chinese": "今天天气很好我们一起去公园散步吧" * 40,
    "Japanese": "今日はいい天気ですね、散歩に行きましょう。" * 30,
    "Thai": "วันนี้อากาศดีมากเราไปเดินเล่นกันเถอะ" * 20,
    "one word": "Donaudampfschiff" * 40,
    "one word and a number": "Donaudampfschiff1" * 40,
    "one letter": "A" * 500,
    "digits": "3141592653" * 60,
    "hexadecimal": "9f86d081884c7d65" * 40,
    "a path": "/Home1/Data2/" * 60,
    "an address": "https://example.org/" + "aB3xK9" * 90,
    "dashes": "-" * 600,
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("name", ["text", "transcript", "delta", "output"])
def test_words_without_spaces_are_shown(name: str, words: str) -> None:
    event = {"type": "response.output_text.delta", name: words, "item": {name: words}}
    assert cut_out(event, PCM16_24K) == (event, [], [])


def test_what_only_begins_like_a_picture_is_text() -> None:
    event = {"text": "data: see below", "image_url": "data:image/svg+xml,<svg/>"}
    assert cut_out(event, PCM16_24K)[0] == event


def test_sound_that_cannot_be_read_is_data() -> None:
    event = {"type": "response.output_audio.delta", "delta": "A" * 501}
    _, (cut,), _ = cut_out(event, PCM16_24K)
    assert (cut["what"], cut["bytes"]) == ("data", 375)
