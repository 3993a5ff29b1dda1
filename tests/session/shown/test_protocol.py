"""Values of the protocol as the last value of a cell, in a notebook and in a terminal."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import numpy as np
import pytest

from rtwidgets.audio import Pcm, read_sound
from rtwidgets.protocol import events as on
from rtwidgets.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputImage,
    InputText,
    Message,
    OutputAudio,
    Response,
    StatusDetails,
    Usage,
)
from rtwidgets.session.events.events_log import EventsLog
from rtwidgets.session.events.wire_event import WireEvent
from rtwidgets.session.shown.protocol import as_html, as_text, register
from tests.session.exports.talks import barge_in, tone
from tests.session.shown.test_talk import Reader

EVIL = "<script>evil()</script>"
USER = Message(id="u", role="user", content=(InputText(text=EVIL),))
ANSWER = Message(id="a", role="assistant", content=(OutputAudio(transcript="Hi there"),))
CALL = FunctionCall(id="f", name="weather", call_id="c", arguments='{"city":"<b>"}')
RESULT = FunctionCallOutput(id="o", call_id="c", output=EVIL)
USAGE = Usage(total_tokens=1_234, input_tokens=1_000, output_tokens=234)
RESPONSE = Response(id="r", status="cancelled", output=(ANSWER,), usage=USAGE)


@pytest.fixture
def shell() -> Any:
    """IPython's own way to show values, without a shell around it."""
    formatter = pytest.importorskip("IPython.core.formatters").DisplayFormatter()
    register(formatter)
    return formatter


def shown(shell: Any, value: Any) -> dict[str, str]:
    data: dict[str, str] = shell.format(value)[0]
    return data


def test_in_a_notebook_and_in_a_terminal(shell: Any) -> None:
    lines = {
        USER: f"<user: {EVIL}>",
        ANSWER: "<assistant: Hi there>",
        CALL: '<call: weather({"city":"<b>"})>',
        RESPONSE: "<response cancelled: Hi there, 1,234 tokens>",
        on.ResponseOutputTextDelta(
            response_id="r", item_id="i", output_index=0, content_index=0, delta="Hel"
        ): "<response.output_text.delta: Hel>",
    }
    for value, line in lines.items():
        data = shown(shell, value)
        assert data["text/plain"] == line
        page = Reader(data["text/html"])
        assert page.all("script") == []
    assert "text in 1,000" in shown(shell, USAGE)["text/plain"]
    assert EVIL in Reader(shown(shell, USER)["text/html"]).text


def test_lists_are_tables(shell: Any) -> None:
    data = shown(shell, [USER, ANSWER, CALL, RESULT])
    page = Reader(data["text/html"])
    assert len(page.all("tr")) == 5 and page.all("script") == [] and "Hi there" in page.text
    assert data["text/plain"].count("\n") == 3
    assert len(Reader(shown(shell, (RESPONSE,))["text/html"]).all("tr")) == 2
    # Everybody else's lists are left alone.
    for other in ([], [1, 2], [USER, 1], ("a",), [[USER]]):
        assert "text/html" not in shown(shell, other)


def test_long_lists_show_both_ends() -> None:
    events = [WireEvent(True, float(n), 5, b'{"type":"t.%d"}' % n) for n in range(1_000)]
    page = Reader(str(as_html(events[:100])))
    assert len(page.all("tr")) == 101
    log = EventsLog()
    for event in events:
        log.sent(event.text)
    text = Reader(str(as_html(log))).text
    assert "→ t.0" in text and "→ t.999" in text and "… 900 more …" in text
    assert "t.500" not in text


def test_a_frame_of_the_wire_is_explained_and_short() -> None:
    log = barge_in()
    sound = next(e for e in log if e.type == "response.output_audio.delta")
    page = Reader(str(as_html(sound)))
    assert "← received at 1.600 s" in page.text and "characters)" in page.text
    assert len(page.text) < 1_500, "its sound is not written out"
    assert as_text(sound).startswith("<← response.output_audio.delta, 1.600 s, ")
    broken = WireEvent(False, 0.0, 3, b"<b>")
    assert "no event" in Reader(str(as_html(broken))).text


def test_events_of_both_sides_and_unknown_ones() -> None:
    created = on.ResponseCreated(response=Response(id="r", status="in_progress"))
    assert as_text(created) == "<response.created: response in_progress>"
    error = on.Error(error=on.ErrorDetails(message=EVIL))
    assert as_text(error) == f"<error: {EVIL}>" and "<script" not in str(as_html(error))
    unknown = on.UnknownEvent(type="no.such", raw={"type": "no.such", "x": EVIL})
    assert "no.such" in Reader(str(as_html(unknown))).text
    clear = on.InputAudioBufferClear()
    assert as_text(clear) == "<input_audio_buffer.clear>"
    assert "Throws away the sound" in Reader(str(as_html(clear))).text


def test_a_picture_is_shown_and_an_address_is_not_fetched() -> None:
    parts = ("data:image/png;base64,AAAA", "https://example.org/x.png")
    content = tuple(InputImage(image_url=url) for url in parts)
    page = Reader(str(as_html(Message(role="user", content=content))))
    assert [image["src"] for image in page.all("img")] == [parts[0]]
    assert "2 pictures" in page.text


def test_why_a_response_ended() -> None:
    details = StatusDetails(type="incomplete", reason="max_output_tokens")
    response = Response(id="r", status="incomplete", status_details=details)
    assert "max_output_tokens" in Reader(str(as_html(response))).text


def test_a_sound_has_a_wave_and_plays(shell: Any, tmp_path: Any) -> None:
    sound = Pcm(tone(0.5), 24_000)
    html = shown(shell, sound)["text/html"]
    page = Reader(html)
    assert len(page.all("img")) == len(page.all("audio")) == 1
    found = re.search(r"base64,([^\"]+)", html)
    assert found is not None
    (tmp_path / "x.wav").write_bytes(base64.b64decode(found[1]))
    again = read_sound(tmp_path / "x.wav")
    assert again.rate == 24_000 and len(again.samples) == len(sound.samples)
    assert np.abs(again.samples.astype(int) - sound.samples).max() < 300
    assert "Pcm(0.50 s" in page.text
    assert shown(shell, Pcm(np.zeros(0, np.int16), 8_000))["text/html"]


def test_a_sound_that_is_too_long_is_not_in_the_page() -> None:
    sound = Pcm(np.zeros(301 * 8_000, np.int16), 8_000)
    assert len(str(as_html(sound))) < 10_000 and "write_wav" in str(as_html(sound))


def test_values_stay_what_they_are() -> None:
    # Nothing was added to the protocol: its values are as pure as they were.
    assert not hasattr(USER, "_repr_html_")
    assert json.loads(__import__("msgspec").json.encode(USAGE))["total_tokens"] == 1_234


def test_printed_in_a_plain_program_it_is_the_same_line() -> None:
    event = on.ResponseOutputTextDelta(
        response_id="r", item_id="i", output_index=0, content_index=0, delta="Hel"
    )
    for value in (USER, ANSWER, CALL, RESULT, RESPONSE, USAGE, event):
        assert str(value) == f"{value}" == as_text(value)
        assert repr(value).startswith(f"{type(value).__name__}("), "with every field"
