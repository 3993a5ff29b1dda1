"""What a user sees of every fault: one error of a kind, in one sentence, at once; no hang."""

from __future__ import annotations

import logging
import re
import threading
import time
import traceback
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets import _loop
from rtwidgets.protocol import events as on
from rtwidgets.session.events.notices import event_type
from rtwidgets.session.turns import early, waiting
from tests.session.faulty import BIG, DELTAS, EXPIRED, MODES, OPENING, TALKING, Faulty, faulty

pytestmark = pytest.mark.server

#: Generous: a fault that takes longer is a hang. A message of 65 MiB takes a busy machine 5 s.
SOON_S = 30.0

REFUSALS: dict[str, tuple[type[rt.ConnectionFailed], int | str | None, str]] = {
    "refused_400": (rt.RequestRefused, 400, "check url="),
    "refused_401": (rt.KeyRefused, 401, "check api_key="),
    "refused_403": (rt.KeyRefused, 403, "no access to the model"),
    "refused_404": (rt.RequestRefused, 404, "check the path"),
    "refused_429": (rt.ServerUnavailable, 429, "wait"),
    "refused_500": (rt.ServerUnavailable, 500, "try again"),
    "key_missing": (rt.KeyRefused, None, "set OPENAI_API_KEY"),
    "key_wrong_3000": (rt.KeyRefused, "invalid_api_key", "OPENAI_API_KEY or api_key="),
    "key_wrong_closed_only": (rt.KeyRefused, "invalid_api_key", "OPENAI_API_KEY or api_key="),
    "model_missing_4000": (rt.RequestRefused, "missing_model", "rt.connect(model="),
    "model_unknown_4004": (rt.RequestRefused, "model_not_found", "choose another"),
    "beta_refused_4000": (rt.RequestRefused, "beta_api_shape_disabled", "dialect='beta'"),
    "handshake_unanswered": (rt.ServerUnavailable, None, "nothing came in time"),
    "no_greeting": (rt.ServerUnavailable, None, "nothing came in time"),
}

#: Ends of a session: what the turn and the session then say.
ENDINGS = {
    "lost_abruptly_1006": "broke off without a goodbye",
    "closed_1001": "code 1001: bye); it goes away",
    "closed_1008": "code 1008: not allowed); it does not allow this",
    "closed_1011": "code 1011: keepalive ping timeout); it has a fault",
    "closed_1013": "code 1013: try again later); it has too much to do",
    "session_expired": f"it has expired: {EXPIRED}",
    "message_of_65_mib": "a message of more than 64 MiB",
}
#: Faults that a session survives, with the answer whole.
SURVIVED = (
    *("malformed_json", "binary_frame", "unknown_event", "duplicated_events"),
    *("reordered_events", "big_delta_8_mib", "flood_10000", "busy"),
)


def is_one_sentence(text: str) -> bool:
    """For people: one line, no frames, no names of foreign exceptions."""
    foreign = re.search(r"Traceback|websockets\.|asyncio|0x[0-9a-f]{6}|\w+Error\b", text)
    return "\n" not in text and foreign is None and 20 < len(text) < 400


@pytest.mark.parametrize("mode", OPENING)
def test_no_session(mode: str) -> None:
    kind, fact, words = REFUSALS[mode]
    begun = time.monotonic()
    with faulty(mode) as server, pytest.raises(rt.ConnectionFailed) as raised:
        rt.connect(server.url, quiet=True, timeout=1)
    error = raised.value
    assert type(error) is kind and words in str(error) and is_one_sentence(str(error))
    assert fact in (error.status, error.code)
    assert time.monotonic() - begun < SOON_S
    # The user's call and ours: nothing from inside, and no "during handling of".
    frames = traceback.extract_tb(error.__traceback__)
    assert [frame.name for frame in frames] == ["test_no_session", "connect"]
    assert error.__cause__ is None and error.__context__ is None


@pytest.mark.parametrize("mode", OPENING)
def test_nobody_knocks_twice(mode: str) -> None:
    with faulty(mode) as server:
        with pytest.raises(rt.ConnectionFailed):
            rt.connect(server.url, quiet=True, timeout=1, reconnect=True)
        if hasattr(server, "paths"):
            assert len(server.paths) <= 1


async def both(session: rt.Session) -> tuple[rt.Turn, rt.Turn]:
    """Two turns at once: the server runs on the same loop, and has no fault in between."""
    return session.say("x"), session.say("y")


@pytest.mark.parametrize("mode", ENDINGS)
def test_a_session_that_ends(mode: str) -> None:
    with Faulty(mode) as script, rt.connect(script.url, quiet=True) as session:
        seen: list[Any] = []
        told = threading.Event()
        session.subscribe(lambda event, _: seen.append(event))
        session.on("session.ended", lambda event: told.set())
        first, second = _loop.run(both(session), SOON_S)
        begun = time.monotonic()
        for turn in (first, second):  # in progress, and queued
            with pytest.raises(rt.SessionClosed) as raised:
                turn.wait(SOON_S)
            assert ENDINGS[mode] in str(raised.value) and is_one_sentence(str(raised.value))
            assert turn.status == "failed" and turn.error is raised.value
        assert time.monotonic() - begun < SOON_S
        assert session.closed and ENDINGS[mode] in str(session.why_closed)
        # The next call says why it cannot be, and what can.
        for call in (lambda: session.say("z"), lambda: session.update(voice="ash")):
            with pytest.raises(rt.SessionClosed, match=r"the session is over.*resume\(\)"):
                call()
        assert told.wait(SOON_S)
        ends = [event for event in seen if event_type(event) == "session.ended"]
        assert len(ends) == 1 and not ends[0].expected and seen[-1] is ends[0]


@pytest.mark.parametrize("mode", SURVIVED)
def test_a_fault_that_is_survived(mode: str) -> None:
    text = ("ab " * DELTAS) if mode == "flood_10000" else "Hello there"
    with Faulty(mode) as script, rt.connect(script.url, quiet=True) as session:
        turn = session.say("x").wait(30)
        assert turn.text == text and turn.status == "completed"
        script.fault = None
        assert session.say("again").wait(SOON_S).text == "Hello there"
        assert not session.closed and session.callback_errors == ()


def test_frames_that_are_no_events_are_kept_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Faulty("malformed_json") as script, rt.connect(script.url, quiet=True) as session:
        for _ in range(50):
            session.say("x").wait(SOON_S)
        errors = [e for e in session.errors if isinstance(e, rt.RemoteProtocolError)]
        assert len(errors) == 100, "the newest hundred"
    warned = [r for r in caplog.records if r.name == "rtwidgets.protocol"]
    assert len([r for r in warned if r.levelno >= logging.WARNING]) == 1


def test_an_unknown_event_reaches_those_who_know_it() -> None:
    with Faulty("unknown_event") as script, rt.connect(script.url, quiet=True) as session:
        seen: list[Any] = []
        session.on("response.sparkles", seen.append)
        session.say("x").wait(SOON_S)
        assert [event.raw["glow"] for event in seen] == [[1]]


def test_what_comes_twice_is_heard_once() -> None:
    heard = {}
    for mode in ("unknown_event", "duplicated_events"):
        with Faulty(mode) as script, rt.connect(script.url, quiet=True) as session:
            turn = session.say("x").wait(SOON_S)
            heard[mode] = turn.audio.duration_s
            assert session.usage.total.total_tokens == 200
    assert heard["unknown_event"] == heard["duplicated_events"] > 0


def test_sound_that_comes_before_its_response_is_kept() -> None:
    heard = {}
    for mode in ("unknown_event", "reordered_events"):
        with Faulty(mode) as script, rt.connect(script.url, quiet=True) as session:
            turn = session.say("x").wait(SOON_S)
            heard[mode] = (len(turn.audio.samples), turn.generated.text)
            assert turn.latency.first_audio is not None
            assert not session._link.early._kept and not session._link.early._bytes
    assert heard["unknown_event"] == heard["reordered_events"] and heard["reordered_events"][0]


def test_sound_of_a_response_that_never_begins_is_bounded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(early, "KEPT_BYTES", 10_000)
    kept = early.Early()
    for n in range(4):
        kept.keep(
            on.ResponseOutputAudioDelta(
                response_id=f"resp_{n}", item_id="i", output_index=0, content_index=0,
                delta=bytes(4_000),
            )
        )  # fmt: skip
    assert [len(kept.begin(f"resp_{n}")) for n in range(4)] == [0, 0, 1, 1]
    assert kept._bytes == 0 and "resp_0 never began" in caplog.text


def test_stalled_says_what_it_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with Faulty("stalled") as script, rt.connect(script.url, quiet=True) as session:
        turn = session.say("x")
        with pytest.raises(rt.WaitTimeout, match=r"still in_progress after 0\.3 s.*cancel"):
            turn.wait(0.3)
        monkeypatch.setattr(waiting, "STALLED_S", 0.3)
        with pytest.raises(rt.WaitTimeout, match=r"silent for 0\.3 s"):
            turn.wait()
        assert not turn.done  # it may still come
        turn.cancel()
        script.fault = None
        assert session.say("again").wait(SOON_S).text == "Hello there"


def test_a_server_that_does_not_take_the_close() -> None:
    with Faulty("slow_close") as script:
        session = rt.connect(script.url, quiet=True)
        turn = session.say("x")
        with pytest.raises(rt.WaitTimeout):
            turn.wait(0.3)
        begun = time.monotonic()
        session.close()
        assert time.monotonic() - begun < SOON_S and session.closed
        with pytest.raises(rt.SessionClosed, match="closed here"):
            turn.wait(SOON_S)


def test_the_memory_of_a_flood_is_bounded() -> None:
    with (
        Faulty("flood_10000") as script,
        rt.connect(script.url, quiet=True, keep_events_mb=0.5) as session,
    ):
        session.say("x").wait(30)
        tracemalloc.start()
        try:
            for _ in range(3):
                turn = session.say("x").wait(60)
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(turn.text) == 3 * DELTAS
        assert len(session.events_log) > 4 * DELTAS  # all there, most of it in the file
        # 30,000 events of about 200 bytes; their index is 8 bytes an event.
        assert held < 4_000_000


def test_a_big_delta_is_held_once() -> None:
    with (
        Faulty("big_delta_8_mib") as script,
        rt.connect(script.url, quiet=True, keep_events_mb=1) as session,
    ):
        turn = session.say("x").wait(30)
        assert turn.audio.duration_s > BIG / 48_000


def test_every_mode_has_a_test_and_a_row() -> None:
    tested = {*REFUSALS, *ENDINGS, *SURVIVED, "stalled", "slow_close"}
    assert tested == set(MODES) and set(OPENING) == set(REFUSALS)
    page = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|(.+)\|(.+)\|(.+)\|$", page, re.MULTILINE)
    assert [row[0] for row in rows] == list(MODES)
    assert all(cell.strip() for row in rows for cell in row)
    assert set(TALKING) <= {row[0] for row in rows}
