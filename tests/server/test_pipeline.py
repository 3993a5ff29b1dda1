"""A response made by scripted engines and reported to a real core."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rtwidgets.engines.base import Engines, ToolCall
from rtwidgets.errors import EngineError
from rtwidgets.protocol.config import PCM16_24K, AudioFormat
from rtwidgets.protocol.defaults import default_session
from rtwidgets.protocol.dialects import GA
from rtwidgets.protocol.server import ServerProtocol
from rtwidgets.protocol.work import Cancel, Respond
from rtwidgets.server.pipeline import PIECE_MS, Reply, SoundEncoder
from rtwidgets.server.speech_queue import SpeechQueue
from tests.server.scripted import engines


class Stage:
    """A core with one response to make, and what it said about it."""

    def __init__(self, engines: Engines, **response: Any) -> None:
        ids = itertools.count()
        self.engines = engines
        self.speech = SpeechQueue(engines.synthesizer)
        self.core = ServerProtocol(
            dialect=GA,
            session=default_session(id="sess_1", model="m", expires_at=0),
            new_id=lambda kind: f"{kind}_{next(ids)}",
            count_tokens=engines.language_model.count_tokens,
            voices=engines.synthesizer.voices,
        )
        self.core.start()
        self.events: list[dict[str, Any]] = []
        self.tell("session.update", session={"type": "realtime", "instructions": "be brief"})
        self.tell("response.create", response=response)
        self.core.take_events()
        (work,) = self.core.take_work()
        assert isinstance(work, Respond)
        self.work = work

    def tell(self, kind: str, **fields: Any) -> None:
        self.core.receive(json.dumps({"type": kind, **fields}))

    async def flush(self) -> None:
        self.events += map(json.loads, self.core.take_events())

    def reply(self) -> Reply:
        return Reply(
            self.work,
            engines=self.engines,
            speech=self.speech,
            core=self.core,
            flush=self.flush,
        )

    def run(self) -> list[dict[str, Any]]:
        asyncio.run(asyncio.wait_for(self.reply().run(), 20))
        self.speech.close()
        return self.events

    def of(self, kind: str) -> list[Any]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def done(self) -> dict[str, Any]:
        (event,) = self.of("response.done")
        return dict(event["response"])


def test_a_spoken_reply_is_the_words_and_their_sound() -> None:
    stage = Stage(engines())
    stage.run()
    deltas = stage.of("response.output_audio_transcript.delta")
    assert [event["delta"] for event in deltas] == ["Well, this is", " the answer."]
    sound = b"".join(base64.b64decode(e["delta"]) for e in stage.of("response.output_audio.delta"))
    # 240 samples a character of what was said, and nothing but them.
    assert len(sound) == 2 * 240 * len("Well, this isthe answer.")
    assert stage.done["status"] == "completed"
    assert stage.done["output"][0]["content"][0]["transcript"] == "Well, this is the answer."
    assert stage.engines.language_model.prompts[0].instructions == "be brief"  # type: ignore[attr-defined]
    assert stage.engines.language_model.prompts[0].spoken  # type: ignore[attr-defined]


def test_the_words_of_a_clause_come_before_its_sound() -> None:
    stage = Stage(engines())
    kinds = [event["type"].rpartition("response.")[2] for event in stage.run()]
    order = [kind for kind, _ in itertools.groupby(k for k in kinds if k.endswith(".delta"))]
    words, sound = "output_audio_transcript.delta", "output_audio.delta"
    assert order == [words, sound, words, sound]


def test_sound_comes_in_short_pieces() -> None:
    stage = Stage(engines(["x" * 200]))
    stage.run()
    sizes = [len(base64.b64decode(e["delta"])) for e in stage.of("response.output_audio.delta")]
    assert max(sizes) <= PCM16_24K.byte_count(PIECE_MS)
    assert sum(sizes) == 2 * 240 * 200


def test_a_written_reply_streams_every_piece_and_makes_no_sound() -> None:
    stage = Stage(engines(["  One", " two.", " Three"]), output_modalities=["text"])
    stage.run()
    deltas = [event["delta"] for event in stage.of("response.output_text.delta")]
    assert deltas == ["One", " two.", " Three"]
    assert not stage.of("response.output_audio.delta")
    assert not stage.engines.language_model.prompts[0].spoken  # type: ignore[attr-defined]


def test_a_voice_a_speed_and_a_telephone_format_arrive() -> None:
    audio = {"output": {"format": {"type": "audio/pcmu"}, "voice": "verse"}}
    stage = Stage(engines(["Hello there."]), audio=audio)
    stage.run()
    assert stage.engines.synthesizer.said == [("Hello there.", "verse", 1.0)]  # type: ignore[attr-defined]
    sound = b"".join(base64.b64decode(e["delta"]) for e in stage.of("response.output_audio.delta"))
    assert len(sound) == 80 * len("Hello there.")  # a third of the samples, one byte each


def test_what_cannot_be_said_is_only_written() -> None:
    stage = Stage(engines(["Look: ", "\n```\n", "done."]))
    stage.run()
    assert [text for text, _, _ in stage.engines.synthesizer.said] == ["Look:", "done."]  # type: ignore[attr-defined]
    assert stage.done["output"][0]["content"][0]["transcript"] == "Look: \n```\ndone."


@pytest.mark.parametrize("modality", ["audio", "text"])
def test_calls_follow_the_words_before_them(modality: str) -> None:
    call = ToolCall(name="weather", arguments='{"city": "Rome"}')
    stage = Stage(engines(["One moment", " please", call]), output_modalities=[modality])
    stage.run()
    assert [item["type"] for item in stage.done["output"]] == ["message", "function_call"]
    assert stage.done["output"][1]["arguments"] == '{"city": "Rome"}'


@pytest.mark.parametrize("modality", ["audio", "text"])
def test_the_token_limit_cuts_and_says_so(modality: str) -> None:
    stage = Stage(
        engines([" a", " b", " c", " d"]), output_modalities=[modality], max_output_tokens=3
    )
    stage.run()
    assert stage.done["status"] == "incomplete"
    assert stage.done["status_details"]["reason"] == "max_output_tokens"
    part = stage.done["output"][0]["content"][0]
    assert part.get("transcript", part.get("text")) == "a b c"


def test_a_reply_as_long_as_the_limit_is_complete() -> None:
    stage = Stage(engines([" a", " b", " c"]), output_modalities=["text"], max_output_tokens=3)
    stage.run()
    assert stage.done["status"] == "completed"


def broken(message: str, kind: type[Exception]) -> Callable[[], None]:
    def fail() -> None:
        raise kind(message)

    return fail


@pytest.mark.parametrize("modality", ["audio", "text"])
def test_a_model_that_fails_fails_the_response(modality: str) -> None:
    script = ["Half a", " sentence ", broken("a secret path", RuntimeError)]
    stage = Stage(engines(script), output_modalities=[modality])
    stage.run()
    assert stage.done["status"] == "failed"
    error = stage.done["status_details"]["error"]
    assert error["type"] == "server_error"
    assert "RuntimeError" in error["message"]
    assert "secret" not in error["message"]


def test_an_engine_s_own_words_reach_the_client() -> None:
    stage = Stage(engines([broken("the endpoint is gone: start it", EngineError)]))
    stage.run()
    assert stage.done["status_details"]["error"]["message"] == "the endpoint is gone: start it"


def test_a_synthesizer_that_fails_fails_the_response() -> None:
    stage = Stage(engines())
    stage.engines.synthesizer.fails = True  # type: ignore[attr-defined]
    stage.run()
    assert stage.done["status"] == "failed"
    assert stage.engines.language_model.closed.wait(10)  # type: ignore[attr-defined]


def test_a_lone_reply_s_model_waits_for_the_first_sound() -> None:
    stage = Stage(engines(["One two three", " four five", *[" six seven."] * 20]))
    stage.engines.synthesizer.gate.clear()  # type: ignore[attr-defined]

    async def main() -> int:
        making = asyncio.create_task(stage.reply().run())
        await asyncio.to_thread(stage.engines.synthesizer.begun.wait, 10)  # type: ignore[attr-defined]
        for _ in range(50):
            await asyncio.sleep(0)
        said = stage.engines.language_model.said  # type: ignore[attr-defined]
        stage.engines.synthesizer.gate.set()  # type: ignore[attr-defined]
        await making
        return int(said)

    assert asyncio.run(asyncio.wait_for(main(), 20)) <= 5
    assert stage.done["status"] == "completed"
    stage.speech.close()


def test_cancelling_closes_the_model_and_the_voice() -> None:
    held = threading.Event()
    stage = Stage(engines(["One two three.", " Four", lambda: held.wait(20) and None, " five."]))

    async def main() -> None:
        making = asyncio.create_task(stage.reply().run())
        while not stage.of("response.output_audio.delta"):  # noqa: ASYNC110  (events are pulled)
            await asyncio.sleep(0)
        stage.tell("response.cancel")
        assert stage.core.take_work() == [Cancel(response_id=stage.work.response_id)]
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)
        held.set()
        await asyncio.to_thread(stage.engines.language_model.closed.wait, 10)  # type: ignore[attr-defined]
        await stage.flush()

    asyncio.run(asyncio.wait_for(main(), 20))
    assert stage.engines.language_model.closed.is_set()  # type: ignore[attr-defined]
    assert stage.done["status"] == "cancelled"
    assert stage.speech.alone
    stage.speech.close()


def test_a_sound_encoder_has_no_seams() -> None:
    telephone = AudioFormat(type="audio/pcma")
    tone = (np.sin(np.arange(24000) * 0.05) * 9000).astype(np.int16)
    whole = SoundEncoder(24000, telephone)
    once = whole.push(tone) + whole.finish()
    parts = SoundEncoder(24000, telephone)
    many = b"".join(parts.push(tone[n : n + 700]) for n in range(0, 24000, 700)) + parts.finish()
    assert once == many
    assert len(once) == 8000
