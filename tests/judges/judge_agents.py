"""The judge ``agents``: the agents SDK for Python, whose session runs turns and tools itself."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import program
from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeRunner, RealtimeSession
from agents.realtime.model_inputs import RealtimeModelSendRawMessage
from openai.types.realtime import RealtimeServerEvent
from program import HEARD_MS, LONG, SAY, Case

__all__ = ["SCENARIOS"]

VAD = {"type": "server_vad", "silence_duration_ms": 400, "interrupt_response": True}


@function_tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


class Talk:
    """A session of the SDK and everything that it reports."""

    def __init__(self, session: RealtimeSession, case: Case) -> None:
        self.session = session
        self.history: list[Any] = []
        self._events = aiter(session)
        self._case = case

    async def next(self) -> Any:
        """The next report; the frames among them are validated on the way."""
        event = await anext(self._events)
        if event.type == "history_updated":
            self.history = event.history
        elif event.type == "history_added":
            self.history.append(event.item)
        elif event.type == "raw_model_event":
            data = event.data
            if data.type == "raw_server_event":
                self._case.journal.enter(json.dumps(data.data))
            # What the SDK could not make sense of, it reports as one of these.
            assert data.type != "exception", (data.context, data.exception)
        return event

    async def until(self, kind: str, wanted: Callable[[Any], bool] = lambda event: True) -> Any:
        """Read on to a report of the SDK; an error that is not waited for is a failure."""
        while True:
            event = await self.next()
            if event.type == kind and wanted(event):
                return event
            assert event.type != "error", event.error

    async def frame(self, kind: str) -> dict[str, Any]:
        """Read on to an event of the server."""

        def wanted(event: Any) -> bool:
            return event.data.type == "raw_server_event" and event.data.data["type"] == kind

        found: dict[str, Any] = (await self.until("raw_model_event", wanted)).data.data
        return found

    async def done(self, status: str = "completed") -> dict[str, Any]:
        """The response that is done next."""
        response: dict[str, Any] = (await self.frame("response.done"))["response"]
        assert response["status"] == status, response
        return response

    async def send(self, kind: str, **fields: Any) -> None:
        """Send what the SDK has no method for."""
        message: Any = {"type": kind, "other_data": fields}
        await self.session.model.send_event(RealtimeModelSendRawMessage(message))

    async def hear(self, *, commit: bool = False) -> None:
        """Send the recording, faster than it was spoken."""
        pieces = self._case.pieces()
        for number, piece in enumerate(pieces, 1):
            await self.session.send_audio(piece, commit=commit and number == len(pieces))

    async def sound(self, least: int) -> str:
        """Read on until there is so much sound; the item that it belongs to."""
        heard = 0
        while heard < least:
            event = await self.until("audio")
            heard += len(event.audio.data)
        return str(event.item_id)

    def said(self, role: str = "assistant") -> str:
        """The last words of a side, as the SDK's history has them."""
        messages = [i for i in self.history if i.type == "message" and i.role == role]
        assert messages, self.history
        parts = [part.model_dump() for part in messages[-1].content]
        return "".join(part.get("text") or part.get("transcript") or "" for part in parts)


@asynccontextmanager
async def talking(case: Case, *, vad: Any = None, text: bool = False) -> AsyncIterator[Talk]:
    """A session of the SDK with one agent and one tool, configured."""
    agent = RealtimeAgent(name="judge", instructions="Answer briefly.", tools=[get_weather])
    heard = {"turn_detection": vad, "transcription": {"model": "whisper-1"}}
    settings: Any = {
        "model_name": "gpt-realtime",
        "output_modalities": ["text" if text else "audio"],
        "audio": {"input": heard},
        "tracing": None,
    }
    where: Any = {
        "url": f"{case.url}/realtime?model=gpt-realtime",
        "api_key": "any",
        "initial_model_settings": settings,
    }
    async with await RealtimeRunner(agent).run(model_config=where) as session:
        talk = Talk(session, case)
        updated = await talk.frame("session.updated")
        assert updated["session"]["instructions"] == "Answer briefly."
        assert updated["session"]["tools"][0]["name"] == "get_weather"
        yield talk


async def text(case: Case) -> str:
    """A typed question, a written answer, and the history that the SDK makes of them."""
    async with talking(case, text=True) as talk:
        await talk.session.send_message(SAY)
        await talk.done()
        await talk.until("agent_end")
        assert talk.said("user") == SAY
        case.repeats(talk.said())
        return talk.said()


async def push_to_talk(case: Case) -> str:
    """Without turn detection the last chunk commits, and the reply is asked for."""
    async with talking(case) as talk:
        await talk.hear(commit=True)
        await talk.frame("input_audio_buffer.committed")
        await talk.send("response.create")
        await talk.sound(4800)
        await talk.until("audio_end")
        await talk.done()
        return await transcript(talk)


async def server_vad(case: Case) -> str:
    """Sound is all that is sent: the turn, its transcript and the answer come by themselves."""
    async with talking(case, vad=VAD) as talk:
        await talk.hear()
        await talk.frame("input_audio_buffer.speech_stopped")
        await talk.sound(4800)
        await talk.done()
        return await transcript(talk)


async def transcript(talk: Talk) -> str:
    """What the user is said to have said, if need be after waiting for it."""
    while not talk.said("user"):
        await talk.next()
    return talk.said("user")


async def barge_in(case: Case) -> str:
    """The user talks into a reply: the SDK stops its playback and cuts what was not heard."""
    async with talking(case, vad=VAD) as talk:
        await talk.session.send_message(LONG)
        item = await talk.sound(HEARD_MS * 48)
        await talk.hear()
        await talk.frame("input_audio_buffer.speech_started")
        seen: dict[str, Any] = {}
        while not {"audio_interrupted", "response.done", "conversation.item.truncated"} <= set(
            seen
        ):
            event = await talk.next()
            assert event.type != "error", event.error
            if event.type == "raw_model_event" and event.data.type == "raw_server_event":
                seen.setdefault(event.data.data["type"], event.data.data)
            seen.setdefault(event.type, event)
        response = seen["response.done"]["response"]
        assert response["status_details"]["reason"] == "turn_detected"
        cut = seen["conversation.item.truncated"]
        assert cut["item_id"] == item == seen["audio_interrupted"].item_id
        await talk.done()
        return f"cut at {cut['audio_end_ms']} ms, then: {talk.said()}"


async def function_call(case: Case) -> str:
    """The SDK runs the tool that the model calls, and sends the result back."""
    async with talking(case, text=True) as talk:
        await talk.session.send_message("What is the weather in Paris? Use the tool.")
        await talk.done()
        start = await talk.until("tool_start")
        assert start.tool.name == "get_weather"
        assert list(json.loads(start.arguments)) == ["city"]
        end = await talk.until("tool_end")
        await talk.done()
        await talk.until("agent_end")
        said = talk.said()
        assert end.output in said if case.exact else said
        return f"{start.arguments} {said}"


async def out_of_band(case: Case) -> str:
    """A response beside the conversation leaves nothing in it."""
    async with talking(case, text=True) as talk:
        question = {"type": "message", "role": "user"}
        question["content"] = [{"type": "input_text", "text": SAY}]  # type: ignore[assignment]
        aside = {"conversation": "none", "metadata": {"topic": "aside"}, "input": [question]}
        await talk.send("response.create", response=aside)
        response = await talk.done()
        assert response["metadata"] == {"topic": "aside"}
        assert response["conversation_id"] is None
        assert "conversation.item.added" not in case.journal.types
        said = str(response["output"][0]["content"][0]["text"])
        case.repeats(said)
        return said


async def cancel(case: Case) -> str:
    """``interrupt`` of the SDK: the response is cancelled, its item cut."""
    async with talking(case) as talk:
        await talk.session.send_message(LONG)
        await talk.sound(4800)
        await talk.session.interrupt()
        await talk.until("audio_interrupted")
        response = await talk.done("cancelled")
        assert response["status_details"]["reason"] == "client_cancelled"
        return str(response["status_details"])


async def error(case: Case) -> str:
    """A refusal reaches the SDK as an error; then the session goes on."""
    async with talking(case, text=True) as talk:
        await talk.send("conversation.item.delete", item_id="none")
        found = (await talk.until("error")).error
        assert found.type == "invalid_request_error"
        await talk.session.send_message(SAY)
        await talk.done()
        await talk.until("agent_end")
        case.repeats(talk.said())
        return str(found.message)


SCENARIOS: dict[str, program.Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        text,
        push_to_talk,
        server_vad,
        barge_in,
        function_call,
        out_of_band,
        cancel,
        error,
    )
}

if __name__ == "__main__":
    program.run(program.options().parse_args(), RealtimeServerEvent, SCENARIOS)
