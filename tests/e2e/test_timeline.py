"""The timeline and the waveform in a real JupyterLab: what a real page plays is where it played."""

from __future__ import annotations

import re

import pytest

from tests.e2e.conftest import OpenNotebook

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SETUP = """
import time
import numpy as np
import rtwidgets as rt

session = rt.connect(engine="simulated", quiet=True, reconnect=True)

@session.tool
def weather(city: str) -> str:
    "The weather."
    return "sunny"

def voice(seconds):
    t = np.arange(int(seconds * 24000)) / 24000
    swell = np.sin(2 * np.pi * 2.5 * t) ** 2
    return (np.sin(2 * np.pi * 220 * t) * 8000 * swell).astype(np.int16)
"""
PANELS = """
speaker = rt.Speaker(session)
timeline = rt.Timeline(session)
reply, speech = rt.Waveform(session), rt.Waveform(session, side="user")
for panel in (speaker, timeline, reply, speech):
    display(panel)
"""
TALK = """
import threading

def talk():
    global first, second, over
    while not speaker.owner:
        time.sleep(0.1)
    first = session.say(voice(1.2), realtime=True).wait(30)
    time.sleep(1.5)
    session.interrupt()
    time.sleep(0.5)
    second = session.say("call weather with city Rome").wait(30)
    time.sleep(1.0)
    resumed = session.events("session.resumed", timeout=30)
    rt._loop.post(session._link._ws.transport.abort)
    next(resumed)
    session.say("count from 1 to 3").wait(30)
    time.sleep(1.5)
    over = True

over = False
threading.Thread(target=talk, daemon=True).start()
"""


def test_a_talk_with_a_loudspeaker_on_one_clock(open_notebook: OpenNotebook) -> None:
    book = open_notebook("timeline.ipynb", [SETUP, PANELS, TALK])
    book.run_all(120)
    book.wait_for("over")
    latency = book.ask(
        "(first.latency.first_audio, first.latency.first_played, first.latency.hop_ms)"
    )
    first_audio, first_played, hop_ms = latency
    assert 0 < hop_ms < 1000 and first_played > first_audio
    assert "hop into the page" in book.ask("str(first.latency)")
    # Where it was cut, the sound that was made is there and was not heard.
    assert book.ask("first.heard.audio.duration_s < first.generated.audio.duration_s")
    assert book.ask("len(timeline.overview['cuts'])") == 1
    assert book.ask("bool(np.frombuffer(timeline.overview_rest, np.int8).any())")

    page = book.page
    page.click(".rtw-timeline button:has-text('All')")
    says = page.locator(".rtw-timeline-says")
    page.focus(".rtw-timeline-canvas")
    seen = []
    page.wait_for_timeout(500)
    for _ in range(120):
        page.keyboard.press(".")
        seen.append(says.text_content() or "")
    words = "\n".join(seen)
    for what in (
        r"You 1: speech detected",
        r"Response 1: completed|Response 1: cancelled",
        r"Tool weather: done",
        r"Connection lost, resumed after \d\.\d s: the connection broke off",
        r"noticing the end of speech 0\.\d\d s",
        r"first sound played",
        r"Interrupted",
        r"Sent: .*conversation.item.truncate",
    ):
        assert re.search(what, words), f"{what} is not among\n{words}"

    page.click(".rtw-waveform[data-side=user] button[aria-label='Spectrogram']")
    page.wait_for_selector(".rtw-waveform[data-side=user] .rtw-waveform-hertz:visible")
    assert book.ask("(timeline.problem, reply.problem, speech.problem)") == ("", "", "")
    assert book.errors == []
