"""Which turns are answered, when a turn ends by its words, and who says nothing (3.4, 4.9)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rtwidgets.protocol.defaults import transcription_session
from rtwidgets.protocol.dialects import BETA, GA, Dialect
from rtwidgets.protocol.work import Respond, Speculate, Transcribe
from tests.pair import Pair, asked

BOTH = pytest.mark.parametrize("dialect", [GA, BETA], ids=lambda dialect: dialect.name)


def listen(pair: Pair, setting: dict[str, Any] | None, **audio_input: Any) -> None:
    """Set turn detection, as this dialect spells it."""
    session: dict[str, Any] = {"turn_detection": setting}
    if pair.client.dialect is GA:
        kind = pair.client.conversation.session.type
        session = {"type": kind, "audio": {"input": {"turn_detection": setting, **audio_input}}}
    (updated,) = pair.send(json.dumps({"type": "session.update", "session": session}))
    assert type(updated).__name__ == "SessionUpdated", updated


def answering(pair: Pair) -> str:
    """Have an answer under way; the response's id."""
    pair.client.create_item(asked("count"))
    pair.client.create_response()
    pair.settle()
    work = pair.take(Respond)
    pair.server.text_delta(work.response_id, "one ")
    pair.settle()
    return work.response_id


@pytest.mark.parametrize("kind", ["server_vad", "semantic_vad"])
@pytest.mark.parametrize("interrupts", [True, False])
@pytest.mark.parametrize("creates", [True, False])
def test_a_turn_while_an_answer_is_made(
    pair: Pair, kind: str, creates: bool, interrupts: bool
) -> None:
    flags = {"create_response": creates, "interrupt_response": interrupts}
    listen(pair, {"type": kind, **flags})
    first = answering(pair)
    events = pair.names(pair.speak(speech_ms=640, silence_ms=8200))
    assert events.count("InputAudioBufferCommitted") == 1
    assert ("ResponseDone" in events) == interrupts
    # An answer that may not be interrupted goes first, and nothing takes its place.
    assert ("ResponseCreated" in events) == (creates and interrupts)
    assert "Error" not in events
    if interrupts:
        done = pair.client.conversation.response(first)
        assert done is not None
        assert done.status_details.reason == "turn_detected"  # type: ignore[union-attr]
        assert events.index("InputAudioBufferSpeechStarted") < events.index("ResponseDone")
        assert events.index("ResponseDone") < events.index("InputAudioBufferSpeechStopped")
    else:
        pair.server.text_delta(first, "two")
        pair.server.finished(first)
        assert pair.settle()[-1].response.status == "completed"


@pytest.mark.parametrize("creates", [True, False])
def test_a_turn_while_nothing_is_made(pair: Pair, creates: bool) -> None:
    listen(pair, {"type": "server_vad", "create_response": creates})
    events = pair.names(pair.speak(speech_ms=640, silence_ms=640))
    assert ("ResponseCreated" in events) == creates
    pair.client.create_response()
    refused = pair.names(pair.settle()) == ["Error"]
    assert refused == creates, "the client answers where the server does not"


def test_without_detection_nothing_is_heard(pair: Pair) -> None:
    listen(pair, None)
    first = answering(pair)
    assert pair.speak(speech_ms=640, silence_ms=2000) == []
    assert not pair.server.detects_turns
    pair.server.finished(first)
    assert pair.settle()[-1].response.status == "completed"


# Words decide


def pause_of(pair: Pair, words: str | None) -> int:
    """Say ``words`` and be silent: the silence that ended the turn, in ms."""
    spoken_ms = 0
    heard = False
    for _ in range(20):
        pair.server.heard(0.9, 32)
        spoken_ms += 32
    for _ in range(400):
        pair.server.heard(0.02, 32)
        if words is not None and not heard and pair.server.awaits_words:
            pair.server.heard_words(pair.server.awaits_words, words)
            heard = True
        for event in pair.settle():
            if type(event).__name__ == "InputAudioBufferSpeechStopped":
                return int(event.audio_end_ms) - spoken_ms
    raise AssertionError("the turn never ended")


@BOTH
@pytest.mark.parametrize(
    ("eagerness", "finished", "unsure", "open"),
    [
        ("low", 1200, 3000, 8000),
        ("medium", 600, 1500, 4000),
        ("auto", 600, 1500, 4000),
        ("high", 300, 800, 2000),
    ],
)
def test_what_was_said_decides_how_long_a_pause_may_be(
    dialect: Dialect, eagerness: str, finished: int, unsure: int, open: int
) -> None:
    for words, wait_ms in (
        ("What is the capital of France?", finished),
        ("Tomorrow", unsure),
        ("I would like to book a", open),
        (None, open),  # nobody knows: the longest wait
    ):
        pair = Pair(dialect)
        listen(pair, {"type": "semantic_vad", "eagerness": eagerness})
        assert pause_of(pair, words) == pytest.approx(wait_ms, abs=32), words


@BOTH
def test_server_vad_asks_nobody_what_was_said(dialect: Dialect) -> None:
    pair = Pair(dialect)
    listen(pair, {"type": "server_vad", "silence_duration_ms": 480})
    assert pause_of(pair, "I would like to book a") == pytest.approx(480, abs=32)
    assert pair.server.awaits_words is None


def test_a_second_pause_is_judged_anew(pair: Pair) -> None:
    listen(pair, {"type": "semantic_vad", "eagerness": "high"})
    item_id = None
    for words in ("I would like to book a", "I would like to book a table for two."):
        for probability, windows in ((0.9, 20), (0.02, 12)):
            for _ in range(windows):
                pair.server.heard(probability, 32)
                if pair.server.awaits_words:
                    item_id = pair.server.awaits_words
                    pair.server.heard_words(item_id, words)
        pair.settle()
    stopped = [event for event in pair.events if hasattr(event, "audio_end_ms")]
    assert [event.item_id for event in stopped] == [item_id]
    assert stopped[0].audio_end_ms == pytest.approx(20 * 32 + 12 * 32 + 20 * 32 + 300, abs=32)


def test_words_that_come_too_late_end_nothing(pair: Pair) -> None:
    listen(pair, {"type": "semantic_vad"})
    for probability, windows in ((0.9, 20), (0.02, 6), (0.9, 4)):
        for _ in range(windows):
            pair.server.heard(probability, 32)
    pair.settle()
    speculated = next(work for work in pair.work if isinstance(work, Speculate))
    pair.server.heard_words(speculated.item_id, "Yes.")
    pair.server.heard_words("nobody", "Yes.")
    for _ in range(60):
        pair.server.heard(0.02, 32)
    assert "InputAudioBufferSpeechStopped" not in pair.names(pair.settle())


# Time is the sound's


@pytest.mark.parametrize("kind", ["server_vad", "semantic_vad"])
@pytest.mark.parametrize("chunk", [1, 30, 200])
def test_the_speed_of_the_appends_moves_nothing(pair: Pair, kind: str, chunk: int) -> None:
    """The same sound in real time and thirty times faster: the same milliseconds."""
    listen(pair, {"type": kind, "create_response": False})
    probabilities = [0.02] * 10 + [0.9] * 30 + [0.02] * 160
    for start in range(0, len(probabilities), chunk):
        part = probabilities[start : start + chunk]
        pair.client.append_audio(bytes(len(part) * 32 * 48))
        pair.settle()
        assert len(pair.server.take_audio()) == len(part) * 32 * 48
        for probability in part:
            pair.server.heard(probability, 32)
            if pair.server.awaits_words:
                pair.server.heard_words(pair.server.awaits_words, "Yes, please.")
    pair.settle()
    times = [
        getattr(event, "audio_start_ms", None) or getattr(event, "audio_end_ms", None)
        for event in pair.events
        if type(event).__name__.startswith("InputAudioBufferSpeech")
    ]
    silence_ms = 512 if kind == "server_vad" else 608
    assert times == [320 - 300, 1280 + silence_ms]
    assert len(pair.take(Transcribe).audio) == (times[1] - times[0]) * 48


@pytest.mark.parametrize(("name", "format"), [("g711_ulaw", "pcmu"), ("g711_alaw", "pcma")])
def test_a_telephone_has_the_same_clock(pair: Pair, name: str, format: str) -> None:
    form: dict[str, Any] = {"input_audio_format": name, "output_audio_format": name}
    if pair.client.dialect is GA:
        one = {"format": {"type": f"audio/{format}"}}
        form = {"type": "realtime", "audio": {"input": one, "output": one}}
    (updated,) = pair.send(json.dumps({"type": "session.update", "session": form}))
    assert updated.session.audio.output.format.sample_rate == 8000
    pair.client.append_audio(b"\xff" * 8 * 2000)
    pair.settle()
    for probability, windows in ((0.9, 30), (0.02, 20)):
        for _ in range(windows):
            pair.server.heard(probability, 32)
    started, stopped = (e for e in pair.settle() if "Speech" in type(e).__name__)
    assert (started.audio_start_ms, stopped.audio_end_ms) == (0, 960 + 512)
    assert len(pair.take(Transcribe).audio) == (960 + 512) * 8
    pair.server.transcribed(stopped.item_id, "hello", 1.0)
    pair.settle()
    assert pair.take(Respond).format.type == f"audio/{format}"
    assert stopped.item_id == pair.client.conversation.items[0].id


# Nobody speaks


def quiet(pair: Pair, ms: float) -> list[str]:
    for _ in range(round(ms / 32)):
        pair.client.append_audio(bytes(32 * 48))
        pair.settle()
        pair.server.take_audio()
        pair.server.heard(0.01, 32)
    return pair.names(pair.settle())


def test_the_idle_time_begins_when_the_answer_was_heard() -> None:
    pair = Pair(GA)
    listen(pair, {"type": "server_vad", "idle_timeout_ms": 5000})
    quiet(pair, 6400)
    assert "InputAudioBufferTimeoutTriggered" not in pair.names(), "there was no answer yet"
    answering(pair)
    pair.server.audio_delta("resp_1", bytes(2000 * 48))
    pair.server.finished("resp_1")
    pair.settle()
    quiet(pair, 2000 + 4990)
    assert "InputAudioBufferTimeoutTriggered" not in pair.names(), "it plays for two seconds"
    quiet(pair, 64)
    names = pair.names()
    assert names[names.index("InputAudioBufferTimeoutTriggered") :] == [
        "InputAudioBufferTimeoutTriggered",
        "ConversationItemAdded",
        "ConversationItemDone",
        "InputAudioBufferCommitted",
        "ConversationItemAdded",
        "ConversationItemDone",
        "ResponseCreated",
    ]
    nudge, silence = pair.client.conversation.items[-2:]
    assert (nudge.role, silence.role) == ("system", "user")  # type: ignore[union-attr]
    timeout = next(e for e in pair.events if type(e).__name__.endswith("TimeoutTriggered"))
    assert timeout.audio_end_ms - timeout.audio_start_ms == pytest.approx(5000, abs=32)
    usage = pair.answer("Still there?", audio_ms=0)[-1].response.usage
    assert usage.input_token_details.audio_tokens == 50 + 2000 // 50


def test_who_speaks_in_time_is_not_asked() -> None:
    pair = Pair(GA)
    listen(pair, {"type": "server_vad", "idle_timeout_ms": 5000, "create_response": False})
    answering(pair)
    pair.server.finished("resp_1")
    pair.settle()
    quiet(pair, 4000)
    pair.speak(speech_ms=640, silence_ms=640)
    quiet(pair, 8000)
    assert "InputAudioBufferTimeoutTriggered" not in pair.names()


# Sessions that only write down


def writer(dialect: Dialect) -> Pair:
    return Pair(dialect, transcription_session(id="sess_1", expires_at=5, model="whisper-1"))


@BOTH
def test_a_transcription_session_is_announced_and_updated(dialect: Dialect) -> None:
    pair = writer(dialect)
    beta = dialect is BETA
    created = json.loads(pair.wire[0])
    assert created["type"] == ("transcription_session.created" if beta else "session.created")
    assert created["session"]["object"] == "realtime.transcription_session"
    assert not {"instructions", "tools", "voice", "output_modalities"} & set(created["session"])
    detection = {"type": "server_vad", "silence_duration_ms": 320}
    words = {"model": "whisper-1", "language": "de"}
    if beta:
        session = {"input_audio_transcription": words, "turn_detection": detection}
        pair.send(json.dumps({"type": "transcription_session.update", "session": session}))
        told = json.loads(pair.wire[-1])
        assert told["type"] == "transcription_session.updated"
        assert told["session"]["input_audio_transcription"] == {**words, "prompt": None}
        told_detection = told["session"]["turn_detection"]
    else:
        audio = {"input": {"transcription": words, "turn_detection": detection}}
        session = {"type": "transcription", "audio": audio}
        pair.send(json.dumps({"type": "session.update", "session": session}))
        told = json.loads(pair.wire[-1])
        assert told["type"] == "session.updated"
        assert told["session"]["audio"]["input"]["transcription"] == {**words, "prompt": None}
        told_detection = told["session"]["audio"]["input"]["turn_detection"]
    assert told_detection["silence_duration_ms"] == 320
    assert not {"create_response", "interrupt_response"} & set(told_detection)


@BOTH
def test_a_transcription_session_writes_down_and_answers_nobody(dialect: Dialect) -> None:
    pair = writer(dialect)
    names = pair.names(pair.speak(speech_ms=640, silence_ms=640))
    item = ["InputAudioBufferCommitted", "ConversationItemAdded", "ConversationItemDone"]
    assert names == pair.without_done(
        ["InputAudioBufferSpeechStarted", "InputAudioBufferSpeechStopped", *item]
    )
    assert pair.names(pair.write_down("good morning")) == [
        "ConversationItemInputAudioTranscriptionDelta",
        "ConversationItemInputAudioTranscriptionCompleted",
    ]
    pair.client.create_response()
    (error,) = pair.settle()
    assert error.error.code == "invalid_value"
    assert "transcription session" in error.error.message
    assert not [work for work in pair.work if isinstance(work, Respond)]


@BOTH
@pytest.mark.parametrize("kind", ["realtime", "transcription"])
def test_a_session_stays_what_it_is(dialect: Dialect, kind: str) -> None:
    pair = writer(dialect) if kind == "realtime" else Pair(dialect)
    if dialect is BETA:
        name = "session.update" if kind == "realtime" else "transcription_session.update"
        frame = {"type": name, "session": {"input_audio_format": "g711_ulaw"}}
    else:
        frame = {"type": "session.update", "session": {"type": kind}}
    before = pair.client.conversation.session
    (error,) = pair.send(json.dumps(frame))
    assert f"Passing a {kind} session update event" in error.error.message
    assert pair.client.conversation.session == before
