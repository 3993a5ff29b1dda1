"""Exports of a real session: tables, sound on one clock, subtitles, a page."""

from __future__ import annotations

import builtins
import html.parser
import io
import itertools
import re
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtwidgets as rt
from rtwidgets.audio import Pcm, read_sound
from rtwidgets.protocol.items import Usage
from rtwidgets.protocol.server_events import TranscriptionUsage
from rtwidgets.protocol.usage import Ledger, TranscriptionRow, UsageRow
from rtwidgets.session.exports import progress as progress_module
from rtwidgets.session.exports.progress import Progress
from rtwidgets.session.exports.rows import frame, usage_rows
from rtwidgets.session.exports.sound import line_sounds, write_talk
from rtwidgets.session.exports.srt import cues, write_srt
from rtwidgets.session.money.usage import SessionUsage
from tests.session.exports.talks import Log, barge_in, tone, voice

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def session() -> Iterator[rt.Session]:
    """Typed, spoken, and cut by hand; the answers are the simulated engine's."""
    with (
        rt.serve("simulated", seed=1) as server,
        rt.connect(server.url, quiet=True) as opened,
    ):
        opened.say("count from 1 to 5").wait(20)
        opened.say(voice(1.2)).wait(20)
        long = opened.say("count from 1 to 30").wait(20)
        while long.heard.audio.duration_s < 0.1:
            time.sleep(0.01)
        opened.interrupt()
        opened.say("hello").wait(20)
        yield opened


def stereo(path: Path) -> tuple[Any, int]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        frames = file.readframes(file.getnframes())
        return np.frombuffer(frames, "<i2").reshape(-1, 2), file.getframerate()


def write(path: Path, log: Log, *, heard: bool = True) -> tuple[Any, int]:
    recorder = log.recorder()
    write_talk(path, log, recorder, log.record(), heard=heard)
    return stereo(path)


class TestTables:
    def test_rows(self, session: rt.Session) -> None:
        events = session.to_rows("events")
        assert len(events) == len(session.events_log)
        assert events[0]["type"] == "session.created" and events[0]["direction"] == "received"
        assert [row["number"] for row in events] == list(range(1, len(events) + 1))
        turns = session.to_rows("turns")
        assert turns[0]["said"] == "count from 1 to 5" and len(turns) == 4
        assert turns[0]["answer"] == "1, 2, 3, 4, 5." and turns[0]["first_audio"] > 0
        assert turns[1]["end_of_speech"] is not None
        usage = session.to_rows("usage")
        assert sum(r["total_tokens"] for r in usage if r["kind"] == "response") == (
            session.usage.total.total_tokens
        )
        assert usage[-1]["kind"] == "transcription" and usage[-1]["usd"] == 0.0
        assert session.to_rows() == turns

    def test_a_frame_has_the_same(self, session: rt.Session) -> None:
        pytest.importorskip("pandas")
        for table in ("events", "turns", "usage"):
            frame = session.to_frame(table)
            assert list(frame.columns) == list(session.to_rows(table)[0])
            assert len(frame) == len(session.to_rows(table))

    def test_counts_are_whole_numbers_where_a_row_has_none(self) -> None:
        pytest.importorskip("pandas")
        usage = Usage(total_tokens=49, input_tokens=49)
        words = TranscriptionRow(
            item_id="i", usage=TranscriptionUsage(type="duration", seconds=2.5)
        )
        answer = UsageRow(response_id="r", status="completed", usage=usage)
        ledger = Ledger(rows=(answer,), transcriptions=(words,), total=usage)
        made = frame(usage_rows(SessionUsage(ledger, model="gpt-realtime", free=False)))
        assert str(made["text_in"].dtype) == "Int64"
        assert made["text_in"].to_list()[0] == 49
        shown = made[["text_in", "total_tokens"]].to_string()
        assert "49.0" not in shown and "NaN" not in shown
        assert made["seconds"].to_list()[1] == 2.5

    def test_without_pandas(self, session: rt.Session, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pandas", None)
        with pytest.raises(rt.RealtimeError, match=r"pip install pandas, or take to_rows"):
            session.to_frame("turns")
        assert len(session.to_rows("turns")) == 4

    def test_a_table_that_is_not_there(self, session: rt.Session) -> None:
        with pytest.raises(rt.LocalProtocolError, match="did you mean 'turns'"):
            session.to_rows("turn")  # type: ignore[arg-type]

    def test_money(self) -> None:
        record = barge_in().record(free=False)
        assert record.usage.money.startswith("$0.0")
        assert record.exchanges[0].money.startswith("$0.0")


class TestSound:
    def test_both_sides_on_one_clock(self, tmp_path: Path) -> None:
        sides, rate = write(tmp_path / "talk.wav", barge_in())
        assert rate == 24_000 and len(sides) == round(4.2 * rate) + 1
        user, model = (np.abs(sides[:, i].astype(int)) > 1000 for i in (0, 1))

        def loud(side: Any) -> list[float]:
            edges = np.flatnonzero(np.diff(side.astype(int), prepend=0, append=0))
            return [round(float(edge) / rate, 2) for edge in (edges[0], edges[-1])]

        assert loud(user) == [0.0, 1.0]
        assert loud(model[: 3 * rate]) == [1.6, 2.8], "cut after 1.2 s"
        assert loud(model[3 * rate :]) == [0.2, 1.2]

    def test_what_nobody_heard(self, tmp_path: Path) -> None:
        sides, rate = write(tmp_path / "talk.wav", barge_in(), heard=False)
        model = sides[:, 1]
        assert np.abs(model[int(5.5 * rate)]) > 1000 and len(sides) == round(5.6 * rate) + 1
        # Where two answers lie over one another, one hears both.
        assert model[int(3.5 * rate) : int(3.6 * rate)].max() > 12_000

    def test_samples_are_the_very_same(self, tmp_path: Path) -> None:
        log = Log()
        noise = np.random.default_rng(0).integers(-9000, 9000, 24_000).astype(np.int16)
        log.mic(1_000, noise)
        log.begin(1_100, "r")
        log.says(1_200, "r", "a", "words", noise[:9_600])
        log.end(1_300, "r")
        sides, _ = write(tmp_path / "talk.wav", log)
        assert np.array_equal(sides[:24_000, 0], noise)
        assert np.array_equal(sides[28_800:38_400, 1], noise[:9_600])

    @pytest.mark.parametrize("form", ["audio/pcmu", "audio/pcma"])
    def test_telephone_formats(self, tmp_path: Path, form: str) -> None:
        log = Log(form)
        log.mic(1_000, tone(1.0, rate=8_000))
        log.begin(1_100, "r")
        log.says(1_200, "r", "a", "words", tone(0.5, rate=8_000))
        log.end(1_300, "r")
        sides, rate = write(tmp_path / "talk.wav", log)
        assert rate == 8_000 and len(sides) == 8_000 * 1.7 + 1
        assert np.abs(sides[4_000]).tolist()[0] > 7_000 and np.abs(sides[10_000, 1]) > 7_000

    def test_a_real_session(self, session: rt.Session, tmp_path: Path) -> None:
        session.to_wav(tmp_path / "talk.wav")
        sides, rate = stereo(tmp_path / "talk.wav")
        record = session.record()
        answers = [line for line in record.lines if line.role == "assistant" and line.clip]
        recorder = session._read()[0]
        sounds = line_sounds(session.events_log, recorder, record, float("inf"))
        assert len(answers) == 4
        ends = []
        for line in answers:
            sound, runs = sounds[line.item_id].samples, recorder.replies[line.item_id].runs
            assert sound.size >= (10_000 if not line.unheard else 1)
            assert runs.at(0) == line.at_ms
            # A reply that ran dry, on a busy machine, goes on at a later place.
            stretches = [*runs, (sound.size * 1000 / rate, 0.0)]
            for (first_ms, at_ms), (last_ms, _) in itertools.pairwise(stretches):
                part = sound[round(first_ms * rate / 1000) : round(last_ms * rate / 1000)]
                start = round(at_ms * rate / 1000)
                assert np.array_equal(sides[start : start + part.size, 1], part), line
                ends += [start + part.size] if part.size else []
        assert 0 <= len(sides) - max(ends) <= 2, "the last answer is the end"
        assert len(sides) / rate * 1000 < record.duration_ms + 1
        assert not (tmp_path / ".talk.wav.part").exists()

    def test_no_sound(self, tmp_path: Path) -> None:
        log = Log()
        with pytest.raises(rt.AudioError, match="nothing was said aloud"):
            write(tmp_path / "talk.wav", log)
        assert list(tmp_path.iterdir()) == []

    def test_a_place_that_cannot_be_written(self, session: rt.Session, tmp_path: Path) -> None:
        for save in (session.to_wav, session.to_html, session.to_srt, session.to_jsonl):
            with pytest.raises(rt.RealtimeError, match="cannot be written: no such file"):
                save(tmp_path / "nowhere" / "talk.x")

    def test_lines_have_their_sound(self) -> None:
        log = barge_in()
        recorder, record = log.recorder(), log.record()
        sounds = line_sounds(log, recorder, record, float("inf"))
        lengths = {item: sound.duration_s for item, sound in sounds.items()}
        assert lengths == {"u1": 1.4, "a1": 1.2, "a2": 1.0}
        assert np.array_equal(sounds["a1"].samples, tone(4.0)[: 24_000 * 12 // 10])
        assert list(line_sounds(log, recorder, record, 70_000)) == ["a1", "a2"]
        at_8k = line_sounds(log, recorder, record, 30_000, rate=8_000)
        assert [s.rate for s in at_8k.values()] == [8_000] * 3


class TestSubtitles:
    def test_who_said_what_when(self) -> None:
        assert cues(barge_in().record()) == [
            (0.0, 1_400.0, "You: tell me a story"),
            (1_600.0, 2_800.0, "Model: once upon"),
            (3_000.0, 4_000.0, "You: and then?"),
            (3_200.0, 4_200.0, "Model: he slept"),
        ]

    def test_the_file(self, tmp_path: Path) -> None:
        write_srt(tmp_path / "talk.srt", barge_in().record())
        first = (tmp_path / "talk.srt").read_text(encoding="utf-8").split("\n\n")[0]
        assert first == "1\n00:00:00,000 --> 00:00:01,400\nYou: tell me a story"

    def test_long_answers_are_cut_where_one_breathes(self) -> None:
        log = Log()
        log.begin(0, "r")
        words = "This is a first sentence. " * 3 + "And " + "x" * 200 + " --> end"
        log.says(0, "r", "a", words, tone(6.0))
        log.end(10, "r")
        found = cues(log.record())
        texts = [text for _, _, text in found]
        assert texts[0].endswith("sentence.") and all(len(t) <= 91 for t in texts)
        assert "-->" not in "".join(texts)
        assert found[0][0] == 0 and found[-1][1] == pytest.approx(6_000)
        assert [end for _, end, _ in found[:-1]] == [start for start, _, _ in found[1:]]


class Reader(html.parser.HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


class TestPage:
    def test_one_page_holds_everything(self, session: rt.Session, tmp_path: Path) -> None:
        session.to_html(tmp_path / "talk.html")
        page = Reader((tmp_path / "talk.html").read_text(encoding="utf-8"))
        assert "count from 1 to 5" in page.text and "1, 2, 3, 4, 5." in page.text
        assert len(page.all("table")) == 2 and "free (offline)" in page.text
        record = session.record()
        clips = [line for line in record.lines if line.clip]
        waves = [a for a in page.all("img") if "of sound" in str(a["alt"])]
        assert len(waves) == len(clips) == len(page.all("audio"))
        assert len(page.all("img")) == len(waves) + len(record.exchanges), "a waterfall a turn"
        sources = [str(a.get("src")) for _, a in page.elements if "src" in a or "href" in a]
        assert all(source.startswith("data:") for source in sources), "it needs no network"
        assert page.all("script") == []

    def test_its_sound_can_be_left_out(self, session: rt.Session, tmp_path: Path) -> None:
        session.to_html(tmp_path / "talk.html", sound=False)
        assert Reader((tmp_path / "talk.html").read_text(encoding="utf-8")).all("audio") == []
        assert (tmp_path / "talk.html").stat().st_size < 60_000

    def test_the_players_play_what_was_said(self, session: rt.Session, tmp_path: Path) -> None:
        import base64

        session.to_html(tmp_path / "talk.html")
        text = (tmp_path / "talk.html").read_text(encoding="utf-8")
        first = re.search(r"data:audio/wav;base64,([^\"]+)", text)
        assert first is not None
        (tmp_path / "one.wav").write_bytes(base64.b64decode(first[1]))
        sound = read_sound(tmp_path / "one.wav")
        answer = next(line.clip for line in session.record().lines if line.clip)
        assert sound.duration_s == pytest.approx(answer.heard_ms / 1000, abs=0.01)
        assert np.abs(sound.samples).max() > 1000


def test_save_knows_kinds_by_name(session: rt.Session, tmp_path: Path) -> None:
    begins = {"a.wav": b"RIFF", "a.html": b"<!doctype", "a.srt": b"1\n00", "a.jsonl": b'{"rtw'}
    for name, begin in {**begins, "talk": b'{"rtw'}.items():
        session.save(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(begin)


def test_save_refuses_what_it_cannot_write(session: rt.Session, tmp_path: Path) -> None:
    for name in ("talk.mp3", "talk.csv", "talk.ipynb"):
        with pytest.raises(rt.LocalProtocolError, match=r"\.json, \.jsonl, \.wav, \.html, \.srt"):
            session.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a.folder").mkdir()
    session.save(tmp_path / "a.folder" / "talk")
    assert (tmp_path / "a.folder" / "talk").is_file()


def test_a_record_shows_itself(session: rt.Session) -> None:
    record = session.record()
    assert repr(record).startswith("<Record: 127.0.0.1") and "4 turns" in repr(record)
    assert "1, 2, 3, 4, 5." in record._repr_html_() and "<details" in record._repr_html_()


class TestProgress:
    def test_nothing_for_what_is_short(self, capsys: pytest.CaptureFixture[str]) -> None:
        with Progress("x", 10) as progress:
            progress.add(10)
        assert capsys.readouterr() == ("", "")

    def test_a_line_in_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        screen = io.StringIO()
        screen.isatty = lambda: True  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stderr", screen)
        with Progress("saving", 10) as progress:
            progress._due = 0.0  # patience is over
            progress.add(4)
        assert screen.getvalue() == "\rrtwidgets: saving, 40%\r\x1b[K"

    def test_a_widget_in_a_notebook(self, monkeypatch: pytest.MonkeyPatch) -> None:
        display = pytest.importorskip("IPython.display")
        shown: list[Any] = []
        monkeypatch.setattr(display, "display", shown.append)
        monkeypatch.setattr(progress_module, "_in_notebook", lambda: True)
        with Progress("saving", 10) as progress:
            for _ in range(2):
                progress._due = 0.0
                progress.add(4)
            (bar,) = shown
            assert (bar.value, bar.description) == (0.8, "saving")
        assert bar.comm is None, "closed"

    def test_nothing_where_nobody_looks(self, capsys: pytest.CaptureFixture[str]) -> None:
        with Progress("saving", 10) as progress:
            progress._due = 0.0
            progress.add(4)
        assert capsys.readouterr() == ("", "")


def test_exports_need_no_pandas_at_all(
    session: rt.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "pandas":
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    for name in ("a.wav", "a.html", "a.srt", "a.jsonl"):
        session.save(tmp_path / name)
    assert isinstance(Pcm(tone(0.1), 24_000), Pcm)
