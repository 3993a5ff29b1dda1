"""The server's whole wire order, flow by flow, in both dialects (``flows.py`` is the list)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from rtwidgets.protocol.config import (
    AudioConfig,
    AudioInput,
    SessionConfig,
    Transcription,
    TurnDetection,
)
from rtwidgets.protocol.defaults import transcription_session
from rtwidgets.protocol.dialects import BETA, GA, Dialect
from rtwidgets.protocol.items import FunctionCallOutput
from rtwidgets.protocol.response_config import ResponseConfig
from rtwidgets.protocol.work import Respond, Transcribe
from tests.pair import Pair, asked
from tests.protocol.flows import FLOWS, GA_FLOWS, in_beta

Player = Callable[["Taped"], None]
PLAYERS: dict[str, Player] = {}
ARGUMENTS = '{"city":"Porto"}'


class Taped:
    """A pair, and the wire names of everything that its server said since ``setup``."""

    def __init__(self, dialect: Dialect, *, transcription: bool = False) -> None:
        session = transcription_session(id="sess_1", expires_at=1) if transcription else None
        self.pair = Pair(dialect, session)
        self.tape = [json.loads(text)["type"] for text in self.pair.wire]
        take = self.pair.server.take_events

        def taking() -> list[str]:
            texts = take()
            self.tape += [json.loads(text)["type"] for text in texts]
            return texts

        self.pair.server.take_events = taking  # type: ignore[method-assign]

    def setup(self, *, text: bool = False, transcripts: bool = False, **turns: Any) -> Pair:
        """A session with these settings, of which the tape does not tell.

        ``turns`` are members of the turn detection; ``vad=False`` is none.
        """
        vad = turns.pop("vad", True)
        detection = TurnDetection(**{"type": "server_vad", **turns}) if vad else None
        listener = Transcription(model="whisper-1") if transcripts else None
        self.pair.update(
            SessionConfig(
                type="realtime",
                output_modalities=("text",) if text else ("audio",),
                audio=AudioConfig(
                    input=AudioInput(turn_detection=detection, transcription=listener)
                ),
            )
        )
        self.tape.clear()
        return self.pair

    def ask(self, config: ResponseConfig | None = None) -> Respond:
        """Ask for an answer; the work that makes it."""
        self.pair.client.create_response(config)
        self.pair.settle()
        return self.pair.take(Respond)

    def say(self, work: Respond, *words: str) -> None:
        """Some of the answer."""
        for word in words:
            self.pair.server.text_delta(work.response_id, word)
            if work.modality == "audio":
                self.pair.server.audio_delta(work.response_id, bytes(9600))
        self.pair.settle()

    def finish(self, work: Respond, **how: Any) -> None:
        self.pair.server.finished(work.response_id, **how)
        self.pair.settle()


def plays(name: str) -> Callable[[Player], Player]:
    def keep(player: Player) -> Player:
        PLAYERS[name] = player
        return player

    return keep


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("dialect", [GA, BETA], ids=["ga", "beta"])
def test_the_server_says_it_in_this_order(name: str, dialect: Dialect) -> None:
    transcription = name == "transcription session"
    taped = Taped(dialect, transcription=transcription)
    PLAYERS[name](taped)
    expected = FLOWS[name]
    if dialect is BETA:
        expected = in_beta(expected, transcription=transcription)
    assert taped.tape == expected


@pytest.mark.parametrize("name", GA_FLOWS)
def test_the_server_says_it_in_this_order_in_ga(name: str) -> None:
    taped = Taped(GA)
    PLAYERS[name](taped)
    assert taped.tape == GA_FLOWS[name]


def test_every_player_has_a_flow() -> None:
    assert set(PLAYERS) == {*FLOWS, *GA_FLOWS}


# The players


@plays("start")
def _(taped: Taped) -> None:
    taped.pair.update(SessionConfig(type="realtime", instructions="Be brief."))


@plays("text turn")
def _(taped: Taped) -> None:
    pair = taped.setup(text=True)
    pair.client.create_item(asked("hello"))
    work = taped.ask()
    taped.say(work, "Hi ", "there.")
    taped.finish(work)


@plays("spoken answer")
def _(taped: Taped) -> None:
    taped.setup()
    work = taped.ask()
    taped.say(work, "Hi ", "there.")
    taped.finish(work)


@plays("push to talk")
def _(taped: Taped) -> None:
    pair = taped.setup(vad=False, transcripts=True)
    for _ in range(3):
        pair.client.append_audio(bytes(4800))
    pair.client.commit_audio()
    pair.client.create_response()
    pair.settle()
    pair.write_down("Hello?")
    pair.answer("Hi.")


@plays("clear")
def _(taped: Taped) -> None:
    pair = taped.setup(vad=False)
    pair.client.append_audio(bytes(4800))
    pair.client.clear_audio()
    pair.settle()


@plays("detected turn")
def _(taped: Taped) -> None:
    pair = taped.setup(transcripts=True)
    pair.speak(speech_ms=800, silence_ms=640)
    pair.write_down("Hello?")
    pair.answer("Hi.")


@plays("detected turn, words at once")
def _(taped: Taped) -> None:
    pair = taped.setup(transcripts=True)
    pair.speak(speech_ms=800, silence_ms=0)
    item_id = pair.events[-1].item_id
    pair.server.transcription_delta(item_id, "Hel")
    pair.settle()
    pair.speak(speech_ms=0, silence_ms=640)
    pair.write_down("Hello?")
    pair.answer("Hi.")


@plays("detected turn, answered when asked")
def _(taped: Taped) -> None:
    pair = taped.setup(create_response=False)
    pair.speak(speech_ms=800, silence_ms=640)
    pair.write_down("Hello?")
    work = taped.ask()
    taped.say(work, "Hi.")
    taped.finish(work)


@plays("semantic turn")
def _(taped: Taped) -> None:
    pair = taped.setup(type="semantic_vad", eagerness="high")
    pair.speak(speech_ms=800, silence_ms=160)
    assert pair.server.awaits_words is not None
    pair.server.heard_words(pair.server.awaits_words, "That is all I wanted to say.")
    pair.speak(speech_ms=0, silence_ms=2000)
    pair.write_down("That is all I wanted to say.")
    pair.answer("Good.")


@plays("barge-in")
def _(taped: Taped) -> None:
    pair = taped.setup()
    work = taped.ask()
    taped.say(work, "Once")
    pair.speak(speech_ms=320, silence_ms=0)
    pair.client.truncate_item(str(pair.client.conversation.items[-1].id), 100)
    pair.speak(speech_ms=0, silence_ms=640)


@plays("barge-in before any output")
def _(taped: Taped) -> None:
    pair = taped.setup()
    taped.ask()
    pair.speak(speech_ms=320, silence_ms=0)


@plays("barge-in after the item")
def _(taped: Taped) -> None:
    pair = taped.setup()
    work = taped.ask()
    pair.server.tool_call(work.response_id, "weather", ARGUMENTS)
    pair.settle()
    pair.speak(speech_ms=320, silence_ms=0)
    assert pair.client.conversation.items[-1].status == "completed"


@plays("barge-in after the response")
def _(taped: Taped) -> None:
    pair = taped.setup()
    work = taped.ask()
    taped.say(work, "Hi.")
    taped.finish(work)
    pair.speak(speech_ms=320, silence_ms=0)
    pair.client.truncate_item(str(pair.client.conversation.items[-1].id), 100)
    pair.settle()


@plays("no barge-in")
def _(taped: Taped) -> None:
    pair = taped.setup(interrupt_response=False)
    work = taped.ask()
    taped.say(work, "Once")
    pair.speak(speech_ms=320, silence_ms=640)
    taped.say(work, " upon")
    taped.finish(work)


@plays("function call")
def _(taped: Taped) -> None:
    pair = taped.setup(text=True)
    work = taped.ask()
    taped.say(work, "Let me look.")
    pair.server.tool_call(work.response_id, "weather", ARGUMENTS)
    taped.finish(work)
    call: Any = pair.client.conversation.items[-1]
    pair.client.create_item(FunctionCallOutput(call_id=call.call_id, output="dry"))
    work = taped.ask()
    taped.say(work, "It is dry.")
    taped.finish(work)


@plays("out of band")
def _(taped: Taped) -> None:
    taped.setup(text=True)
    inside = taped.ask()
    beside = taped.ask(ResponseConfig(conversation="none", metadata={"job": "topic"}))
    taped.say(beside, "Weather")
    taped.say(inside, "It is dry.")
    taped.finish(beside)
    taped.finish(inside)


@plays("cancel")
def _(taped: Taped) -> None:
    pair = taped.setup(text=True)
    work = taped.ask()
    taped.say(work, "Once")
    pair.client.cancel_response()
    pair.settle()
    # What the engine still says changes nothing.
    taped.say(work, " upon")
    taped.finish(work)


@plays("cancel of speech")
def _(taped: Taped) -> None:
    pair = taped.setup()
    work = taped.ask()
    taped.say(work, "Once")
    pair.client.cancel_response(work.response_id)
    pair.settle()
    taped.say(work, " upon")


@plays("cancel before any output")
def _(taped: Taped) -> None:
    pair = taped.setup()
    taped.ask()
    pair.client.cancel_response()
    pair.settle()


@plays("late cancel")
def _(taped: Taped) -> None:
    pair = taped.setup()
    work = taped.ask()
    taped.finish(work)
    taped.tape.clear()
    pair.client.cancel_response(work.response_id)
    pair.settle()


@plays("truncate, retrieve, delete")
def _(taped: Taped) -> None:
    pair = taped.setup()
    work = taped.ask()
    taped.say(work, "One ", "two ")
    taped.finish(work)
    taped.tape.clear()
    item_id = str(pair.client.conversation.items[-1].id)
    pair.client.truncate_item(item_id, 200)
    pair.client.retrieve_item(item_id)
    pair.client.delete_item(item_id)
    pair.settle()


@plays("refusal")
def _(taped: Taped) -> None:
    pair = taped.setup()
    pair.client.create_item(asked("after nobody"), "nobody")
    pair.settle()


@plays("failure")
def _(taped: Taped) -> None:
    pair = taped.setup()
    work = taped.ask()
    pair.server.failed(work.response_id, "out of memory")
    pair.settle()


@plays("failure on the way")
def _(taped: Taped) -> None:
    pair = taped.setup(text=True)
    work = taped.ask()
    taped.say(work, "Once")
    pair.server.failed(work.response_id, "out of memory")
    pair.settle()


@plays("limit")
def _(taped: Taped) -> None:
    taped.setup(text=True)
    work = taped.ask()
    taped.say(work, "Once")
    taped.finish(work, incomplete=True)


@plays("empty answer")
def _(taped: Taped) -> None:
    taped.pair.client.create_item(asked("say nothing"))
    taped.setup(text=True)
    taped.finish(taped.ask())


@plays("transcription session")
def _(taped: Taped) -> None:
    pair = taped.pair
    pair.update(
        SessionConfig(
            type="transcription",
            audio=AudioConfig(input=AudioInput(transcription=Transcription(model="whisper-1"))),
        )
    )
    pair.speak(speech_ms=800, silence_ms=640)
    pair.write_down("Hello.")


@plays("failed transcription")
def _(taped: Taped) -> None:
    pair = taped.setup(vad=False, transcripts=True)
    pair.client.append_audio(bytes(9600))
    pair.client.commit_audio()
    pair.settle()
    pair.server.transcription_failed(pair.take(Transcribe).item_id, "too noisy")
    pair.settle()


@plays("idle timeout")
def _(taped: Taped) -> None:
    pair = taped.setup(transcripts=True, idle_timeout_ms=5000)
    work = taped.ask()
    taped.say(work, "Hi.")
    taped.finish(work)
    taped.tape.clear()
    pair.speak(speech_ms=0, silence_ms=5600)
    pair.answer("Are you there?")
