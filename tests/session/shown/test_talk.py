"""A talk as a piece of a page: everything is there, words are words, and it stays small."""

from __future__ import annotations

import html.parser
from urllib.parse import unquote

import numpy as np
import pytest

from rtwidgets.session.events.connection_ends import ConnectionEnd
from rtwidgets.session.exports.sound import line_sounds
from rtwidgets.session.shown.talk import (
    MOST_LINES,
    fewer,
    latency_table,
    plain,
    talk_html,
    time_words,
)
from tests.session.exports.talks import Log, barge_in, tone

#: What one minute of talk may take in a notebook, without sound (issue: static output).
MINUTE = 60_000

EVIL = [
    "<script>window.evil = 1</script>",
    "<img src=x onerror='window.evil = 1'>",
    "</details></div><iframe srcdoc='x'>",
    "&lt;b&gt; &amp;amp; \" ' `",
    "שלום עולם \u202e reversed \u2066 isolate",
    "w" * 5_000,
    "\x00\x07\x1b[31m \ud800",
]


class Reader(html.parser.HTMLParser):
    """The elements of a page, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.struck = ""
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if "s" in self._open:
            self.struck += data

    @property
    def text(self) -> str:
        return "\n".join(self.texts)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


def a_minute() -> Log:
    """60 s of a lively talk: 6 questions of 3 s, 6 answers of 6 s, one of them cut."""
    log, noise = Log(), np.random.default_rng(5)
    words = "a conversation about the weather in the mountains and what one should take along "

    def speech(seconds: float) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
        count = int(seconds * 24_000)
        loud = np.repeat(noise.uniform(500, 30_000, count // 1_200 + 1), 1_200)[:count]
        return (loud * noise.uniform(-1, 1, count)).astype(np.int16)

    for n in range(6):
        start = n * 10_000
        log.mic(start + 3_000, speech(3))
        log.mic(start + 3_500, np.zeros(12_000, np.int16))
        at = n * 3_500
        log.spoken(start + 3_510, f"u{n}", at, at + 3_000, words[:40])
        log.begin(start + 3_600, f"r{n}")
        log.says(start + 3_700, f"r{n}", f"a{n}", words + words, speech(6))
        log.end(start + 4_000, f"r{n}")
        if n == 3:
            cut = {"item_id": "a3", "content_index": 0, "audio_end_ms": 2_000}
            log.got(35_700, "conversation.item.truncated", **cut)
    return log


def test_everything_is_there() -> None:
    record = barge_in().record(free=False, ended="it was closed here")
    page = Reader(talk_html(record, open=True))
    for words in ("tell me a story", "once upon", "and then?", "he slept", "0:03", "Latency"):
        assert words in page.text, words
    assert page.struck == "a time there was a king"
    assert "interrupted after 1.2 s of 4.0 s" in page.text
    assert "The session is over: it was closed here" in page.text and "$0.000" in page.text
    images = page.all("img")
    first = "first words 0.60 s, first sound 0.60 s"
    assert [image["alt"] for image in images] == [
        "1.4 s of sound",
        "4.0 s of sound, 1.2 s of it heard",
        "1.0 s of sound",
        # The waterfall of each turn.
        f"end noticed 0.41 s, committed 0.41 s, response 0.50 s, {first}",
        "response 0.10 s, first words 0.20 s, first sound 0.20 s",
    ]
    drawn = unquote(str(images[1]["src"]))
    assert drawn.startswith("data:image/svg+xml,<svg") and drawn.count("<path") == 3
    assert (
        page.all("details")[0]["open"] == ""
        and "open" not in Reader(talk_html(record)).all("details")[0]
    )


def test_a_turn_that_took_minutes_leaves_the_others_to_be_seen() -> None:
    log = Log()
    for n, wait in enumerate((500, 500, 500, 90_000)):
        at = n * 10_000
        log.send(at, "response.create")
        log.user(at, f"u{n}", "hello")
        log.begin(at + wait, f"r{n}")
        log.says(at + wait + 100, f"r{n}", f"a{n}", "hi", tone(0.2))
        log.end(at + wait + 200, f"r{n}")
    table = latency_table(log.record().exchanges)
    assert "its width is 2.40 s" in table, "four times what is usual"
    assert table.count("<img") == 4 and "response 90.00 s" in table
    assert "<img" not in latency_table(log.record().exchanges, pictures=False)


def test_going_on_over_another_connection_is_a_line() -> None:
    log = Log()
    log.user(0, "u1", "before")
    log.got(9_000, "session.created", session={"type": "realtime", "model": "m"})
    log.user(9_000, "u1", "before")
    log.user(9_500, "u2", "after")
    ends = [ConnectionEnd(begun_ms=0, at_ms=2_000, reason="<b>gone</b>")]
    texts = Reader(talk_html(log.record(ends=ends), open=True)).texts
    said = [t for t in texts if t in ("before", "after") or "resumed" in t]
    assert said == ["before", "Connection lost, resumed after 7.0 s: <b>gone</b>", "after"]


def test_before_anything_was_said() -> None:
    page = Reader(talk_html(Log().record()))
    assert "nothing was said yet" in page.text and page.all("table") == []


@pytest.mark.parametrize("words", EVIL)
def test_words_are_words(words: str) -> None:
    log = Log()
    log.user(0, "u", words)
    log.begin(1, "r")
    log.says(2, "r", "a", words + " end", tone(1.0))
    call = {"id": "f", "type": "function_call", "name": words, "call_id": "c", "arguments": words}
    log.got(3, "conversation.item.added", item=call)
    result = {"id": "o", "type": "function_call_output", "call_id": "c", "output": words}
    log.got(4, "conversation.item.added", item=result)
    log.got(5, "error", error={"type": "x", "message": words, "code": words})
    log.end(6, "r")
    log.got(7, "conversation.item.truncated", item_id="a", content_index=0, audio_end_ms=500)
    record = log.record(name=words, ended=words)
    shown = talk_html(record)
    page = Reader(shown)
    allowed = {"details", "summary", "b", "span", "div", "s", "img", "table", "thead", "tbody"}
    assert {tag for tag, _ in page.elements} <= allowed | {"tfoot", "tr", "th", "td"}
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)
    shown.encode()  # whatever it was, it can be saved
    assert words[:40] in page.text or not words.isprintable()


def test_text_of_either_direction_finds_its_own() -> None:
    log = Log()
    log.user(0, "u", "שלום")
    said = [attrs for tag, attrs in Reader(talk_html(log.record())).elements if "dir" in attrs]
    assert [attrs["dir"] for attrs in said] == ["auto"]


def test_a_minute_of_talk_stays_small() -> None:
    record = a_minute().record()
    assert 58_000 < record.duration_ms < 61_000
    size = len(talk_html(record).encode())
    assert size <= MINUTE, f"{size:,} bytes"
    assert sum(line.clip is not None for line in record.lines) == 12


def test_sound_is_there_where_it_is_wanted() -> None:
    log = barge_in()
    recorder, record = log.recorder(), log.record()
    sounds = line_sounds(log, recorder, record, 1e9, rate=8_000)
    page = Reader(talk_html(record, sounds=sounds))
    assert len(page.all("audio")) == 3
    assert all(str(a["src"]).startswith("data:audio/wav;base64,") for a in page.all("audio"))
    assert Reader(talk_html(record)).all("audio") == []


def test_a_long_talk_shows_its_end_and_says_so() -> None:
    log = Log()
    for n in range(MOST_LINES + 20):
        log.user(n, f"u{n}", f"line {n}.")
    page = Reader(talk_html(log.record()))
    assert "20 older lines are not shown" in page.text
    assert "line 19." not in page.texts and f"line {MOST_LINES + 19}." in page.texts


def test_few_pairs_for_a_picture() -> None:
    pairs = np.stack([-np.arange(100), np.arange(100)], 1).astype(np.int8)
    assert fewer(pairs, 4).tolist() == [[-24, 24], [-49, 49], [-74, 74], [-99, 99]]
    assert fewer(pairs, 200) is pairs


def test_times() -> None:
    assert [time_words(ms) for ms in (0, 59_999, 61_000, 3_723_000)] == [
        *("0:00", "0:59", "1:01", "1:02:03"),
    ]


def test_as_plain_text() -> None:
    lines: list[str] = []
    plain(barge_in().record(), lines.append)
    assert lines[1] == (
        "   0:01  model   once upon [not heard: a time there was a king]"
        "  (interrupted after 1.2 s of 4.0 s)"
    )
