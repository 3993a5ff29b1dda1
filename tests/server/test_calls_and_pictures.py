"""Calls of functions and pictures as a client meets them, with the simulated engine."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from rtwidgets.server import Server
from tests.server.wire import Wire, dial

PNG = "data:image/png;base64,iVBORw0KGgo="
TOOLS = [
    {
        "type": "function",
        "name": name,
        "description": description,
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer", "maximum": 7}},
            "required": ["city", "days"],
            "additionalProperties": False,
        },
    }
    for name, description in (("get_weather", "The weather"), ("book_hotel", "Book a room"))
]
HEADERS = {"ga": {}, "beta": {"OpenAI-Beta": "realtime=v1"}}
both_dialects = pytest.mark.parametrize("dialect", HEADERS)


async def respond(wire: Wire, text: str, **response: Any) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    item = {"type": "message", "role": "user", "content": content}
    await wire.send("conversation.item.create", item=item)
    await wire.send("response.create", response={"tools": TOOLS, **response})
    done: dict[str, Any] = (await wire.until("response.done"))["response"]
    return done


def called(response: dict[str, Any]) -> list[str]:
    return [item["name"] for item in response["output"] if item["type"] == "function_call"]


@both_dialects
@pytest.mark.parametrize("limit", [1, 5])
def test_a_call_beyond_the_limit_is_not_made(server: Server, dialect: str, limit: int) -> None:
    async def session() -> None:
        field = "max_output_tokens" if dialect == "ga" else "max_response_output_tokens"
        async with dial(server.url, additional_headers=HEADERS[dialect]) as wire:
            response = await respond(wire, "Hi", tool_choice="required", **{field: limit})
            assert response["status"] == "incomplete"
            assert response["status_details"]["reason"] == "max_output_tokens"
            assert called(response) == []
            assert not wire.of("response.function_call_arguments.done")
            # Nothing remains of it; the same demand without a limit is met.
            response = await respond(wire, "Hi", tool_choice="required")
            assert response["status"] == "completed"
            (done,) = wire.of("response.function_call_arguments.done")
            assert set(json.loads(done["arguments"])) == {"city", "days"}

    asyncio.run(session())


@both_dialects
def test_tool_choice(server: Server, dialect: str) -> None:
    async def session() -> None:
        named = {"type": "function", "name": "book_hotel"}
        async with dial(server.url, additional_headers=HEADERS[dialect]) as wire:
            asked = "get_weather in Rome"
            assert called(await respond(wire, asked)) == ["get_weather"]
            assert called(await respond(wire, asked, tool_choice="none")) == []
            assert len(called(await respond(wire, "Hello", tool_choice="required"))) == 1
            assert called(await respond(wire, asked, tool_choice=named)) == ["book_hotel"]
            assert called(await respond(wire, "Hello")) == []

    asyncio.run(session())


def test_a_picture_is_kept_counted_and_not_seen(server: Server) -> None:

    # Beta has none.
    async def session() -> None:
        async with dial(server.url) as wire:
            await wire.configure(output_modalities=["text"])
            plain = await respond(wire, "What is in it?")
            content = [{"type": "input_text", "text": "What is in it?"},
                       {"type": "input_image", "image_url": PNG}]  # fmt: skip
            item = {"type": "message", "role": "user", "content": content}
            await wire.send("conversation.item.create", item=item)
            added = await wire.until("conversation.item.added")
            assert added["item"]["content"][1]["image_url"] == PNG
            await wire.send("response.create")
            response = (await wire.until("response.done"))["response"]
            (message,) = response["output"]
            assert message["content"][0]["text"].startswith("I cannot see pictures.")
            assert plain["usage"]["input_token_details"]["image_tokens"] == 0
            assert response["usage"]["input_token_details"]["image_tokens"] > 0

    asyncio.run(session())


@pytest.mark.parametrize(
    "part",
    [
        {"type": "array", "minItems": 3, "items": {"$ref": "#"}},
        {"type": "array", "minItems": 10**9},
        {"allOf": [{"$ref": "#/properties/part"}]},
        {"enum": []},
        {"pattern": 5},
    ],
    ids=["three of itself", "ages", "itself", "nothing", "no schema"],
)
def test_a_schema_that_nothing_fits_fails_one_response(
    server: Server, part: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    async def session() -> None:
        parameters = {"type": "object", "properties": {"part": part}, "required": ["part"]}
        tool = {"type": "function", "name": "make", "parameters": parameters}
        async with dial(server.url) as wire:
            response = await respond(wire, "Hi", tools=[tool], tool_choice="required")
            assert response["status"] == "failed"
            assert "parameters of make" in response["status_details"]["error"]["message"]
            response = await respond(wire, "Hi", tool_choice="required")
            assert response["status"] == "completed"

    asyncio.run(asyncio.wait_for(session(), 60))
    # The client's doing: a line in the log, and no traceback.
    (record,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert "parameters of make" in record.getMessage()
    assert not record.exc_info


def test_a_pattern_that_backtracks_for_ages_holds_nobody_up(server: Server) -> None:
    async def session() -> None:
        part = {"type": "string", "pattern": "^(a+)+$"}
        parameters = {"type": "object", "properties": {"part": part}, "required": ["part"]}
        tool = {"type": "function", "name": "make", "parameters": parameters}
        async with dial(server.url) as wire:
            text = 'Make "' + "a" * 60 + '!"'
            response = await respond(wire, text, tools=[tool], tool_choice="required")
            assert response["status"] == "completed"
            made = json.loads(response["output"][-1]["arguments"])["part"]
            assert set(made) == {"a"}

    asyncio.run(asyncio.wait_for(session(), 60))
