"""Every event on the wire, both ways: kept in bounded memory, without loss, without a key."""

from __future__ import annotations

import gc
import itertools
import json
import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rtwidgets as rt
from rtwidgets.session.connecting import secrets
from rtwidgets.session.events.events_log import OVERHEAD, EventsLog
from rtwidgets.session.events.wire_event import WireEvent, without_secrets
from tests.session.scripted import Peer, Script

KEY = "sk-proj-0123456789abcdefghij"


def clock() -> Any:
    seconds = itertools.count()
    return lambda: float(next(seconds))


def filled(count: int, keep_mb: float, size: int = 50) -> tuple[EventsLog, list[bytes]]:
    log, frames = EventsLog(keep_mb, clock()), []
    for n in range(count):
        frame = json.dumps({"type": f"event.{n}", "text": "x" * size}).encode()
        frames.append(frame)
        if n % 3:
            log.received(frame)
        else:
            log.sent(frame.decode())
    return log, frames


@pytest.fixture(params=[0, 0.002, 64], ids=["all in the file", "some in the file", "in memory"])
def log(request: pytest.FixtureRequest) -> tuple[EventsLog, list[bytes]]:
    return filled(1000, request.param)


class TestSequence:
    def test_everything_is_there_in_order(self, log: tuple[EventsLog, list[bytes]]) -> None:
        events, frames = log
        assert len(events) == 1000 and [e.raw for e in events] == frames
        assert [e.direction for e in events[:4]] == ["sent", "received", "received", "sent"]
        assert [e.at_ms for e in events[:2]] == [1000.0, 2000.0]
        assert events[0].size == len(frames[0]) and events[-1].type == "event.999"
        assert events[5].json() == json.loads(frames[5])

    def test_indices_and_slices(self, log: tuple[EventsLog, list[bytes]]) -> None:
        events, frames = log
        for wanted in (slice(None), slice(-3, None), slice(990, 5, -7), slice(700, 10)):
            assert [e.raw for e in events[wanted]] == frames[wanted]
        assert events[-1000].raw == frames[0]
        for index in (1000, -1001):
            with pytest.raises(IndexError, match="there are 1000"):
                events[index]

    def test_it_may_grow_while_it_is_read(self) -> None:
        events, frames = filled(3, 0.001)
        seen = []
        for event in events:
            seen.append(event.raw)
            if len(seen) < 500:
                frames.append(b'{"type":"late"}')
                events.received(frames[-1])
        assert len(seen) == 502 and seen == frames

    @given(st.lists(st.binary(max_size=200)), st.floats(0, 0.001))
    def test_any_bytes_survive(self, frames: list[bytes], keep_mb: float) -> None:
        log = EventsLog(keep_mb)
        for frame in frames:
            log.received(frame)
        assert [e.raw for e in log] == frames
        assert all(isinstance(e.text, str) and isinstance(e.type, str) for e in log)

    def test_readers_and_the_writer_are_different_threads(self) -> None:
        log, _ = filled(0, 0.01)
        stop = threading.Event()
        wrong: list[int] = []

        def read() -> None:
            while not stop.is_set():
                numbers = [e.json() for e in log]
                if numbers != list(range(len(numbers))):
                    wrong.append(len(numbers))

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        for n in range(3000):
            log.received(str(n).encode())
        stop.set()
        for reader in readers:
            reader.join()
        assert wrong == [] and len(log) == 3000


class TestBounds:
    def test_memory_stays_below_the_setting(self) -> None:
        log = EventsLog(0.5)
        for n in range(5000):
            log.received(b"%d" % n + b"x" * 1000)
            assert log._bytes <= 500_000
        assert sum(len(e[2]) + OVERHEAD for e in log._recent) == log._bytes
        assert "5,000 events, 0." in repr(log) and "MB in a temporary file" in repr(log)
        assert len(log) == 5000 and log.lost == 0

    def test_the_file_goes_with_the_log(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made: list[Any] = []
        make = tempfile.TemporaryFile

        def remembering(*args: Any, **options: Any) -> Any:
            made.append(make(*args, **options))
            return made[-1]

        monkeypatch.setattr(tempfile, "TemporaryFile", remembering)
        log, _ = filled(100, 0)
        assert len(made) == 1 and len(log) == 100
        number = made.pop().fileno()
        assert os.fstat(number).st_nlink == 0 or os.name == "nt"  # no name, nothing to clean up
        del log
        gc.collect()
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(number)

    def test_a_full_disk_loses_the_oldest_and_says_so(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def full(*args: Any, **options: Any) -> Any:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(tempfile, "TemporaryFile", full)
        log, frames = filled(300, 0.005)
        assert log.lost > 0 and len(log) == 300 - log.lost
        assert [e.raw for e in log] == frames[log.lost :]
        assert f"{log.lost} lost" in repr(log)
        assert caplog.text.count("No space left") == 1


class TestSecrets:
    @pytest.fixture(autouse=True)
    def _known(self) -> Iterator[None]:
        secrets.remember("hunter2-hunter2")
        yield
        secrets._known.discard("hunter2-hunter2")

    @pytest.mark.parametrize(
        "event",
        [
            {"type": "error", "error": {"message": f"Incorrect API key provided: {KEY}"}},
            {"type": "x", "deep": [{"a": "it is hunter2-hunter2, really"}]},
            {"type": "session.created", "session": {"client_secret": {"value": "abc123secret"}}},
            {
                "type": "session.update",
                "session": {
                    "tools": [
                        {
                            "type": "mcp",
                            "server_label": "l",
                            "authorization": "abc123secret",
                            "headers": {"X-Key": "abc123secret"},
                        }
                    ]
                },
            },
        ],
    )
    @pytest.mark.parametrize("keep_mb", [0, 64])
    def test_they_are_cut_out(self, event: dict[str, Any], keep_mb: float) -> None:
        log = EventsLog(keep_mb)
        raw = json.dumps(event).encode()
        log.received(raw)
        kept = log[0]
        for secret in (KEY, "hunter2", "abc123secret"):
            assert secret not in kept.text
        assert kept.size == len(raw) and kept.type == event["type"]
        if log._file is not None:
            log._file.seek(0)
            assert not any(s in log._file.read() for s in (b"hunter2", b"abc123secret", b"sk-proj"))

    def test_what_only_looks_suspicious_stays_to_the_byte(self) -> None:
        names = {"headers": {"type": "object"}, "authorization": {"type": "string"}}
        tool = {"type": "function", "parameters": {"properties": names}}
        for event in (
            {"type": "x", "text": "Ask-me about Basic English, the sk-learn way"},
            {"type": "session.update", "session": {"tools": [tool]}},
        ):
            raw = json.dumps(event, indent=1).encode()
            assert without_secrets(raw) is raw

    def test_what_is_no_json_is_cleaned_as_text(self) -> None:
        assert without_secrets(b"\xff Bearer " + KEY.encode()) == b"\xff Bearer [key]"


def test_an_event_says_what_it_is() -> None:
    event = WireEvent(sent=False, at_ms=1234.5, size=17, raw=b'{"type":"pong.x"}')
    assert repr(event) == "<received at 1,234.5 ms: pong.x, 17 bytes>"
    assert WireEvent(sent=True, at_ms=0, size=1, raw=b"[").type == ""
    with pytest.raises(ValueError, match="Input data was truncated"):
        WireEvent(sent=True, at_ms=0, size=1, raw=b"[").json()


@pytest.mark.server
class TestInASession:
    def test_both_ways_and_after_the_end(self, script: Script) -> None:
        with rt.connect(script.url, api_key=KEY, quiet=True) as session:
            session.say("Hello").wait(5)
        log = session.events_log
        types = [event.type for event in log]
        assert types[:2] == ["session.created", "session.update"]
        assert [e.json() for e in log if e.sent] == script.events
        assert {"response.create", "response.output_audio.delta", "response.done"} <= set(types)
        times = [event.at_ms for event in log]
        assert times == sorted(times) and 0 <= times[0] < 5000
        assert not any(KEY in event.text for event in log) and KEY not in repr(log)

    def test_sound_is_kept_as_it_was_sent(self, session: rt.Session, script: Script) -> None:
        session.append_audio(bytes(4800))
        session.say("Hello").wait(5)
        appended = [e for e in session.events_log if e.type == "input_audio_buffer.append"]
        assert appended[0].json()["audio"] == "A" * 6400 and appended[0].size > 6400

    def test_a_frame_that_is_no_event_is_in_it(
        self, session: rt.Session, script: Script, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def broken(peer: Peer, event: dict[str, Any]) -> None:
            await peer.ws.send("{nonsense")
            await peer.send("weather.changed")
            await peer.item({**event["item"], "status": "completed"})

        script.on["conversation.item.create"] = broken
        caplog.set_level(logging.DEBUG, logger="rtwidgets.protocol")
        session.say("Hello").wait(5)
        assert b"{nonsense" in [event.raw for event in session.events_log]
        logged = [r for r in caplog.records if r.name == "rtwidgets.protocol"]
        assert [r.levelname for r in logged] == ["WARNING", "DEBUG"]
        assert "what is no event" in logged[0].getMessage()
        assert logged[1].getMessage() == "an event of an unknown type: weather.changed"


@pytest.mark.server
def test_how_much_is_kept_is_a_setting(script: Script) -> None:
    with rt.connect(script.url, quiet=True, keep_events_mb=0) as session:
        session.say("Hello").wait(5)
    assert "0.0 MB in memory, 0.0 MB in a temporary file" in repr(session.events_log)
    assert session.events_log[0].type == "session.created"
    for size in (-1, float("inf"), "64"):
        with pytest.raises(rt.LocalProtocolError, match=r"keep_events_mb=.* is no size"):
            rt.connect(script.url, keep_events_mb=size)  # type: ignore[arg-type]
