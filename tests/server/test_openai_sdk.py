"""The ``openai`` package as a judge: what it can parse and use, other clients can."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from rtwidgets.audio import read_sound
from rtwidgets.server import Server, serve
from tests.server.wire import tone_of

openai = pytest.importorskip("openai")


def client(server: Server, key: str = "any") -> Any:
    base = server.url.removesuffix("/realtime")
    return openai.AsyncOpenAI(
        api_key=key, base_url=base.replace("ws://", "http://"), websocket_base_url=base
    )


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 60))


def test_a_typed_turn(server: Server) -> None:
    async def main() -> None:
        async with client(server).realtime.connect(model="gpt-realtime") as connection:
            await connection.session.update(
                session={"type": "realtime", "output_modalities": ["text"]}
            )
            await connection.conversation.item.create(
                item={
                    "type": "message",
                    "role": "user",
                    "content": [{"type": "input_text", "text": "Count from 1 to 3."}],
                }
            )
            await connection.response.create()
            text, kinds = "", []
            async for event in connection:
                kinds.append(type(event).__name__)
                if event.type == "response.output_text.delta":
                    text += event.delta
                elif event.type == "response.done":
                    assert event.response.output[0].content[0].text == text
                    assert event.response.usage.total_tokens > 0
                    break
            assert kinds[0] == "SessionCreatedEvent"
            assert "ResponseTextDeltaEvent" in kinds

    run(main())


def test_a_spoken_turn_with_voice_activity(
    server: Server, speech: dict[str, tuple[Path, str]]
) -> None:
    sound = read_sound(speech["agent-pass"][0]).resampled(24000).to_bytes() + bytes(48000)

    async def main() -> None:
        async with client(server).realtime.connect(model="gpt-realtime") as connection:
            await connection.session.update(
                session={
                    "type": "realtime",
                    "audio": {"input": {"transcription": {"model": "whisper-1"}}},
                }
            )
            for start in range(0, len(sound), 1920):
                piece = base64.b64encode(sound[start : start + 1920]).decode()
                await connection.input_audio_buffer.append(audio=piece)
            answer, heard, said = b"", None, ""
            async for event in connection:
                if event.type == "response.output_audio.delta":
                    answer += base64.b64decode(event.delta)
                elif event.type == "response.output_audio_transcript.delta":
                    said += event.delta
                elif event.type == "conversation.item.input_audio_transcription.completed":
                    heard = event
                elif event.type == "error":
                    raise AssertionError(event)
                elif event.type == "response.done":
                    break
            assert event.response.status == "completed"
            assert event.response.output[0].content[0].transcript == said
            assert len(answer) > 24000
            assert heard is not None
            assert heard.usage.type == "duration"

    run(main())


def test_push_to_talk_and_cancel(server: Server) -> None:
    async def main() -> None:
        async with client(server).realtime.connect(model="gpt-realtime") as connection:
            await connection.session.update(
                session={"type": "realtime", "audio": {"input": {"turn_detection": None}}}
            )
            await connection.input_audio_buffer.append(
                audio=base64.b64encode(tone_of(0.5)).decode()
            )
            await connection.input_audio_buffer.commit()
            await connection.conversation.item.create(
                item={
                    "type": "message",
                    "role": "user",
                    "content": [{"type": "input_text", "text": "Count from 1 to 2000."}],
                }
            )
            await connection.response.create()
            async for event in connection:
                if event.type == "response.output_audio.delta":
                    await connection.response.cancel()
                    break
            async for event in connection:
                if event.type == "response.done":
                    assert event.response.status == "cancelled"
                    assert event.response.status_details.reason == "client_cancelled"
                    break

    run(main())


def test_a_tool_is_called_and_its_output_answered(server: Server) -> None:
    tool = {
        "type": "function",
        "name": "weather",
        "description": "Tells the weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    }

    async def main() -> None:
        async with client(server).realtime.connect(model="gpt-realtime") as connection:
            await connection.session.update(
                session={
                    "type": "realtime",
                    "output_modalities": ["text"],
                    "tools": [tool],
                    "tool_choice": "required",
                }
            )
            await connection.conversation.item.create(
                item={
                    "type": "message",
                    "role": "user",
                    "content": [{"type": "input_text", "text": "How is the weather in Rome?"}],
                }
            )
            await connection.response.create()
            async for event in connection:
                if event.type == "response.function_call_arguments.done":
                    call = event
                elif event.type == "response.done":
                    break
            assert call.name == "weather"
            await connection.conversation.item.create(
                item={"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
            )
            await connection.response.create(response={"tool_choice": "none"})
            async for event in connection:
                assert event.type != "error", event
                if event.type == "response.done":
                    assert event.response.output[0].type == "message"
                    break

    run(main())


def test_a_wrong_key_is_an_error_event() -> None:
    async def main(server: Server) -> None:
        async with client(server, "sk-wrong").realtime.connect(model="gpt-realtime") as connection:
            event = await connection.recv()
            assert event.type == "error"
            assert event.error.code == "invalid_api_key"

    with serve("simulated", api_key="sk-right") as server:
        run(main(server))


def test_the_synchronous_client_works_too(server: Server) -> None:
    base = server.url.removesuffix("/realtime")
    judge = openai.OpenAI(
        api_key="any", base_url=base.replace("ws://", "http://"), websocket_base_url=base
    )
    with judge.realtime.connect(model="gpt-realtime") as connection:
        assert connection.recv().session.model == "gpt-realtime"
        connection.response.create(response={"instructions": "Say hello."})
        for event in connection:
            if event.type == "response.done":
                assert event.response.status == "completed"
                break
