"""A session with everything open sends at most 60 messages a second to the page."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

import numpy as np

from rtwidgets import widgets
from rtwidgets.protocol.config import SessionConfig
from rtwidgets.protocol.dialects import GA
from rtwidgets.session.settings.granted import AskedVsGranted
from rtwidgets.widgets.pace import CHANGES_PER_S, Pace
from rtwidgets.widgets.panel import Panel
from tests.widgets.talk import Page
from tests.widgets.test_speaker import tone
from tests.widgets.voice import Browser, VoiceTalk

MOST_PER_S = 60
#: A message to the page stays under 1 MB.
MOST_BYTES = 1_000_000


def everything(talk: Any) -> list[Panel]:
    """Every widget that there is, once in a console and once alone, but for the sound."""
    console = widgets.Console(talk)
    kinds = [getattr(widgets, name) for name in widgets.__all__]
    alone = [
        kind(talk)
        for kind in kinds
        if isinstance(kind, type)
        and issubclass(kind, Panel)
        and kind not in (Panel, widgets.Console, widgets.Speaker, widgets.Microphone)
    ]
    assert len(alone) >= 4
    return [console, *console.panels, *alone]


class WireTalk(VoiceTalk):
    """All that any widget asks of a session."""

    dialect = GA
    asked_vs_granted = AskedVsGranted(SessionConfig(), SessionConfig())


class Wire:
    """When messages of some panels left, and how long they were."""

    def __init__(self, talk: Any, panels: list[Panel]) -> None:
        self.times: list[float] = []
        self.sizes: list[int] = []
        self.by_word: dict[str, int] = {}
        for panel in panels:
            self._listen(talk, panel)

    def _listen(self, talk: Any, panel: Panel) -> None:
        send = panel.comm.publish_msg

        def note(msg_type: str, data: Any = None, *args: Any, **kwargs: Any) -> None:
            self.times.append(talk.now)
            self.sizes.append(sum(len(bytes(b)) for b in kwargs.get("buffers") or ()))
            self.by_word[panel.word] = self.by_word.get(panel.word, 0) + 1
            send(msg_type, data, *args, **kwargs)

        panel.comm.publish_msg = note

    def busiest_second(self) -> int:
        """The most messages in any span of a second."""
        return max(n - bisect_left(self.times, at - 1.0 + 1e-6) for n, at in self.numbered())

    def numbered(self) -> list[tuple[int, float]]:
        return [(number + 1, at) for number, at in enumerate(self.times)]


def frame(page: Page, seq: int) -> None:
    sound = (3000 * np.sin(np.arange(960) / 5)).astype("<i2").tobytes()
    content = {"kind": "audio", "page": "p1", "seq": seq, "sample": 960 * seq, "time": seq * 0.04}
    data = {"method": "custom", "content": content}
    page.panel._handle_msg({"content": {"data": data}, "buffers": [memoryview(sound)]})


def test_a_session_with_everything_open_stays_under_sixty_messages_a_second() -> None:
    talk = WireTalk()
    panels = everything(talk)
    microphone = next(p for p in panels if isinstance(p, widgets.Microphone))
    speaker = next(p for p in panels if isinstance(p, widgets.Speaker))
    wire = Wire(talk, panels)
    browser, page = Browser(speaker), Page(microphone)
    page.send("hello")
    page.send("opened", device="test", device_rate=48_000)
    seq = 0
    for _ in range(6):
        work = talk.ask()
        for step in range(250):  # 5 s; an event each 10 ms, a frame each 40 ms
            talk.sound(work.response_id, tone(0.02))
            talk.pair.server.text_delta(work.response_id, f"word{step} ")
            talk.pair.settle()
            if step % 2 == 0:
                frame(page, seq)
                seq += 1
            browser.play(0.02, step_s=0.02)
        talk.finish(work.response_id)
    browser.play(5)
    talk.advance(5)
    assert wire.busiest_second() <= MOST_PER_S, wire.by_word
    assert wire.busiest_second() > 30, "there was something to hold back"
    assert max(wire.sizes) < MOST_BYTES
    assert browser.played == tone(0.02) * 1500
    assert all(panel.problem == "" for panel in panels)


def test_places_come_back_after_a_second_and_who_waited_first_goes_first() -> None:
    talk = VoiceTalk()
    pace = Pace(2)
    shown: list[str] = []

    def show(name: str) -> None:
        if pace.admit(lambda: show(name)):
            shown.append(f"{name} at {talk.now:.1f}")
            pace.spend(1, talk.later)

    for name in "abcde":
        show(name)
        talk.advance(0.1)
    talk.advance(5)
    assert shown == ["a at 0.0", "b at 0.1", "c at 1.0", "d at 1.1", "e at 2.0"]


def test_words_go_first_and_pictures_that_move_share_the_rest() -> None:
    talk = VoiceTalk()
    pace = Pace(4, kept=3)
    shown: list[str] = []

    def show(name: str) -> None:
        if pace.admit(lambda: show(name), moves=name.startswith("picture")):
            shown.append(f"{name} at {talk.now:.1f}")
            pace.spend(1, talk.later)

    for number in range(3):
        show(f"picture {number}")
    for number in range(4):
        show(f"words {number}")
    assert shown == ["picture 0 at 0.0", "words 0 at 0.0", "words 1 at 0.0", "words 2 at 0.0"]
    talk.advance(2.5)
    assert shown[4:] == ["words 3 at 1.0", "picture 1 at 2.0"]
    talk.advance(1)
    assert shown[6:] == ["picture 2 at 3.0"]


def test_what_waits_is_shown_as_it_is_then() -> None:
    talk = VoiceTalk()
    panels = [widgets.UsageTable(talk) for _ in range(CHANGES_PER_S + 5)]
    pages = [Page(panel) for panel in panels]
    for number in range(3):
        work = talk.ask()
        talk.sound(work.response_id, tone(0.01 * (number + 1)))
        talk.finish(work.response_id)
    talk.advance(10)
    totals = {str(page.state.get("total")) for page in pages}
    assert len(totals) == 1, "all show the same in the end"


def test_a_panel_that_was_closed_while_it_waited_holds_nobody_up() -> None:
    talk = VoiceTalk()
    panels = [widgets.UsageTable(talk) for _ in range(CHANGES_PER_S + 5)]
    pages = [Page(panel) for panel in panels]
    work = talk.ask()
    talk.sound(work.response_id, tone(0.1))
    talk.finish(work.response_id)
    talk.advance(0.05)
    panels[CHANGES_PER_S].close()
    talk.advance(10)
    assert pages[-1].state["total"] == pages[0].state["total"]
