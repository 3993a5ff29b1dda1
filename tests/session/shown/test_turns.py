"""A turn as the last value of a cell: words, the wave, and what of the answer nobody heard."""

from __future__ import annotations

import pytest

import rtwidgets as rt
from tests.session.scripted import Script
from tests.session.shown.test_talk import EVIL, Reader

pytestmark = pytest.mark.server


def test_an_answer_that_was_cut() -> None:
    with (
        rt.serve("simulated", seed=1) as server,
        rt.connect(server.url, quiet=True) as session,
    ):
        whole = session.say("count from 1 to 5").wait(20)
        assert not whole.interrupted
        page = Reader(whole._repr_html_())
        assert page.all("s") == [] and len(page.all("img")) == len(page.all("audio")) == 1
        cut = session.say("count from 1 to 30").wait(20)
        session.interrupt()
        session.say("hello").wait(20)
        assert cut.interrupted and not cut.heard.complete
        page = Reader(cut._repr_html_())
        assert page.struck.endswith("29, 30.") and cut.text.endswith(page.struck)
        assert "heard for 0." in page.text
        assert page.all("img")[0]["alt"] == (
            f"{cut.audio.duration_s:.1f} s of sound, {cut.heard.audio.duration_s:.1f} s of it heard"
        )
        assert page.all("audio"), "all of it can be listened to"


@pytest.mark.parametrize("words", EVIL[:4])
def test_words_are_words(script: Script, words: str) -> None:
    async def answer(peer: object, event: dict[str, object]) -> None:
        await peer.begin(event)  # type: ignore[attr-defined]
        await peer.finish(words, event)  # type: ignore[attr-defined]

    script.on["response.create"] = answer
    with rt.connect(script.url, quiet=True) as session:
        page = Reader(session.say(words).wait(5)._repr_html_())
    assert {tag for tag, _ in page.elements} <= {"div", "b", "span", "img", "audio"}
    assert page.text.count(words) == 2
