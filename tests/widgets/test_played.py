"""What a page played reaches the session with the page's distance."""

from __future__ import annotations

import pytest

from rtwidgets.widgets.played import Hops
from rtwidgets.widgets.speaker import Speaker
from tests.widgets.talk import Page
from tests.widgets.voice import VoiceTalk


def test_the_way_into_a_page_is_half_of_the_quickest_answer() -> None:
    clock = [0.0]
    hops = Hops(lambda: clock[0])
    assert hops.best_ms is None
    for seq, back in enumerate((0.050, 0.006, 0.020)):
        hops.sent(seq)
        clock[0] += back
        hops.acknowledged(seq)
    hops.acknowledged(99)  # of another time
    assert hops.best_ms == pytest.approx(3.0)


def test_a_report_tells_the_session_what_was_played_since_the_last() -> None:
    talk = VoiceTalk()
    page = Page(Speaker(talk))  # type: ignore[arg-type]
    page.send("hello")
    work = talk.ask()
    talk.pair.server.text_delta(work.response_id, "words")
    talk.sound(work.response_id, bytes(24_000))
    talk.advance(1)
    item_id = page.messages[-1]["item_id"]
    page.send("ack", seq=page.messages[-1]["seq"], missing=[])
    for ms in (100, 50):
        count = {"item_id": item_id, "received": 0, "played": ms * 24, "dropped": 0}
        page.send("played", gen=0, items=[count], waiting=1, underruns=0)
        talk.advance(0.1)
    assert [report[:3] for report in talk.played] == [(item_id, 0, 100), (item_id, 100, 150)]
    assert talk.played[0][3] is not None
