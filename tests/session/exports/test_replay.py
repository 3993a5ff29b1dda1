"""A saved session comes back whole: the same events, the same state, the same record."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtwidgets as rt
from rtwidgets.cli import main
from rtwidgets.session.events.notices import SessionEnded
from tests.session.exports.talks import barge_in, voice
from tests.session.scripted import Peer, Script

pytestmark = pytest.mark.server


@pytest.fixture(scope="module", params=["ga", "beta"])
def saved(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[rt.Session, Path]:
    path = tmp_path_factory.mktemp("saved") / "talk.jsonl"
    with (
        rt.serve("simulated", seed=1) as server,
        rt.connect(server.url, dialect=request.param, quiet=True) as session,
    ):
        session.say("count from 1 to 5").wait(20)
        session.say(voice(1.0)).wait(20)
        session.say("count from 1 to 30").wait(20)
        session.interrupt()
        session.say("hello").wait(20)
    session.save(path)
    return session, path


def test_it_is_the_same_session(saved: tuple[rt.Session, Path]) -> None:
    session, path = saved
    again = rt.replay(path, quiet=True)
    assert again.conversation == session.conversation
    assert [(e.sent, e.raw) for e in again.events_log] == [
        (e.sent, e.raw) for e in session.events_log
    ]
    for old, new in zip(session.events_log, again.events_log, strict=True):
        assert new.at_ms == pytest.approx(old.at_ms, abs=0.001) and new.size == old.size
    assert str(again.usage) == str(session.usage)
    assert (again.closed, again.state, again.free) == (True, "closed", True)
    assert again.why_closed == session.why_closed and again.model == session.model
    assert again.name == session.name and again.url == session.url
    old_record, new_record = session.record(), again.record()
    assert [(line.role, line.text, line.unheard, line.note) for line in new_record.lines] == [
        (line.role, line.text, line.unheard, line.note) for line in old_record.lines
    ]
    assert any(line.unheard for line in new_record.lines)
    for old_row, new_row in zip(session.to_rows("turns"), again.to_rows("turns"), strict=True):
        for name in ("said", "heard", "heard_s", "first_audio", "first_played", "total_tokens"):
            assert (
                new_row[name] == pytest.approx(old_row[name], abs=0.002)
                if isinstance(old_row[name], float)
                else new_row[name] == old_row[name]
            ), name


def test_a_replay_can_be_saved_again(saved: tuple[rt.Session, Path], tmp_path: Path) -> None:
    _, path = saved
    rt.replay(path, quiet=True).save(tmp_path / "again.jsonl")
    one, two = path.read_bytes().splitlines(), (tmp_path / "again.jsonl").read_bytes().splitlines()
    assert one[:-1] == two[:-1]
    assert json.loads(one[-1])["ended"] == json.loads(two[-1])["ended"]


def test_it_cannot_be_talked_to(saved: tuple[rt.Session, Path]) -> None:
    again = rt.replay(saved[1], quiet=True)
    for command in (
        lambda: again.say("x"),
        lambda: again.update(voice="alloy"),
        again.respond,
        again.interrupt,
        lambda: again.append_audio(b""),
        again.create_response,
        again.resume,
        lambda: again.delete_item("x"),
    ):
        with pytest.raises(rt.SessionClosed, match="a recording of a talk with"):
            command()
    again.close()
    again.close()


def test_it_needs_no_network(saved: tuple[rt.Session, Path], monkeypatch: Any) -> None:
    import socket

    monkeypatch.setattr(socket.socket, "connect", lambda *args: pytest.fail("a connection"))
    assert len(rt.replay(saved[1], quiet=True).conversation.items) == 8


def test_at_a_pace_it_happens_again(saved: tuple[rt.Session, Path]) -> None:
    # Where the program has it, spans listen from the start, and nobody looks yet.
    import opentelemetry.trace  # noqa: F401

    session, path = saved
    again = rt.replay(path, speed=50, quiet=True)
    threading.Event().wait(0.1)
    assert len(again.events_log) == 0
    heard: list[Any] = []
    over = threading.Event()

    def hear(event: Any, _conversation: object) -> None:
        heard.append(event)
        if isinstance(event, SessionEnded):
            over.set()

    again.subscribe(hear)
    with pytest.raises(rt.SessionClosed, match="recording"):
        again.say("x")  # while it runs as well
    assert over.wait(30) and again.closed
    assert again.conversation == session.conversation
    done = [e for e in session.events_log if e.type == "response.done"]
    assert sum(type(e).__name__ == "ResponseDone" for e in heard) == len(done) > 0


def test_a_pace_can_be_stopped(saved: tuple[rt.Session, Path]) -> None:
    again = rt.replay(saved[1], speed=0.001, quiet=True)
    assert not again.closed
    again.close()
    assert again.closed and len(again.events_log) < 10
    with pytest.raises(rt.LocalProtocolError, match="no pace"):
        rt.replay(saved[1], speed=0)


class TestBrokenFiles:
    def broken(self, tmp_path: Path, *lines: str) -> Path:
        path = tmp_path / "talk.jsonl"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    HEAD = '{"rtwidgets":1,"name":"x"}'
    EVENT = '{"at_ms":1,"sent":false,"event":{"type":"session.created","session":{}}}'

    @pytest.mark.parametrize("speed", [None, 1])
    def test_they_are_refused_in_words(self, tmp_path: Path, speed: float | None) -> None:
        cases = {
            "is empty": (),
            "is no saved session": ("hello",),
            "newer rtwidgets": ('{"rtwidgets":99}',),
            "line 3: it is no record": (self.HEAD, self.EVENT, '{"at_ms":2,"sent":fal'),
            "line 2: it is no record": (self.HEAD, '{"at_ms":2,"sent":true}'),
            "no dialect is called 'klingon'": ('{"rtwidgets":1,"dialect":"klingon"}',),
        }
        for words, lines in cases.items():
            with pytest.raises(rt.RealtimeError, match=words):
                rt.replay(self.broken(tmp_path, *lines), speed=speed, quiet=True)
        with pytest.raises(rt.RealtimeError, match="no such file"):
            rt.replay(tmp_path / "nowhere.jsonl")

    def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(self, tmp_path: Path) -> None:
        again = rt.replay(self.broken(tmp_path, self.HEAD, self.EVENT, ""), quiet=True)
        assert again.closed and len(again.events_log) == 1
        assert again.why_closed == "the recording is over"


def test_frames_that_are_no_json_survive(script: Script, tmp_path: Path) -> None:
    strange = ['{"type": "a",\n "b": 1}', "no json", '{"type":"x","n":1}{']

    async def say(peer: Peer, event: dict[str, Any]) -> None:
        for frame in strange:
            await peer.ws.send(frame)
        await peer.send("input_audio_buffer.cleared")

    script.on["input_audio_buffer.clear"] = say
    with rt.connect(script.url, quiet=True) as session:
        cleared = threading.Event()
        session.on("input_audio_buffer.cleared", lambda _: cleared.set())
        session.clear_audio()
        assert cleared.wait(5)
    session.save(tmp_path / "talk.jsonl")
    again = rt.replay(tmp_path / "talk.jsonl", quiet=True)
    assert [e.text for e in again.events_log] == [e.text for e in session.events_log]
    assert [e.text for e in again.events_log if e.text in strange] == strange


def test_panels_show_it(saved: tuple[rt.Session, Path]) -> None:
    from tests.widgets.talk import Page

    again = rt.replay(saved[1], quiet=True)
    panels = [rt.Console(again), rt.Transcript(again), rt.UsageTable(again), rt.Waveform(again)]
    pages = [Page(panel) for panel in panels]
    _settle(again)
    console, transcript, usage, waveform = (page.panel for page in pages)
    assert console.activity == "closed" and console.detail == again.why_closed
    texts = [row["text"] for row in transcript.rows]
    assert "count from 1 to 5" in texts and "1, 2, 3, 4, 5." in texts
    cut = next(row for row in transcript.rows if row["state"] == "interrupted")
    assert (cut["text"] + cut["unheard"]).endswith("29, 30.")
    assert cut["note"].startswith("interrupted after 0.")
    assert usage.total["total"] == again.usage.total.total_tokens and len(usage.rows) == 4
    assert waveform.problem == ""
    # What a person may still press does no harm, and is answered in words.
    pages[0].send("say", text="are you there?")
    pages[0].send("interrupt")
    _settle(again)
    assert "recording" in console.problem
    for panel in panels:
        panel.close()


def _settle(session: rt.Session) -> None:
    """Until everything that is due now was done on the loop."""
    for _ in range(3):
        done = threading.Event()
        session.later(0.12, done.set)
        assert done.wait(5)


def test_the_command_prints_the_transcript(
    saved: tuple[rt.Session, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "talk.srt"
    assert main(["replay", str(saved[1]), "--to", str(target)]) == 0
    shown = capsys.readouterr().out
    assert "you     count from 1 to 5" in shown and "model   1, 2, 3, 4, 5." in shown
    assert "not heard:" in shown and "free (offline)" in shown and target.is_file()
    assert main(["replay", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.startswith("rtwidgets: ")


def test_heard_of_a_cut_answer_is_kept(tmp_path: Path) -> None:
    log = barge_in()
    head = {"rtwidgets": 1, "name": "x", "dialect": "ga", "model": "m", "free": True}
    lines = [json.dumps(head)]
    lines += [f'{{"at_ms":{e.at_ms},"sent":{str(e.sent).lower()},"event":{e.text}}}' for e in log]
    (tmp_path / "talk.jsonl").write_text("\n".join(lines))
    again = rt.replay(tmp_path / "talk.jsonl", quiet=True)
    assert [line.text for line in again.record().lines][1] == "once upon"
    assert np.isclose(again.to_rows("turns")[0]["heard_s"], 1.2)
