"""No frame of the server reaches 1 MiB, whatever a client writes into it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Coroutine
from typing import Any

import pytest

from rtwidgets.server import Server
from rtwidgets.server.echoes import MAX_ITEM, MAX_SESSION, MAX_WITH_SOUND, too_large
from tests.server.wire import dial

MIB = 2**20
BETA = {"OpenAI-Beta": "realtime=v1"}


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 60))


def item(*parts: dict[str, Any], **fields: Any) -> str:
    message = {"type": "message", "role": "user", "content": list(parts)}
    return json.dumps({"type": "conversation.item.create", "item": message, **fields})


def text(length: int, letter: str = "x") -> dict[str, str]:
    return {"type": "input_text", "text": letter * length}


def sound(length: int) -> dict[str, str]:
    return {"type": "input_audio", "audio": "A" * length}


@pytest.mark.parametrize(
    "frame",
    [
        item(text(MAX_ITEM - 200)),
        item(sound(20 * MIB)),
        item(sound(20 * MIB), text(MAX_WITH_SOUND - 200)),
        json.dumps({"type": "input_audio_buffer.append", "audio": "A" * 20 * MIB}),
        json.dumps({"session": {"instructions": "x" * (MAX_SESSION - 200)}}),
        # Six characters on the way in, two bytes on the way out.
        item(text(400_000, "é")),
        "x" * MIB,
        "[" * MIB,
        '{"item": 1' + " " * MIB + "}",
        '{"item": {"content": [1, {"audio": null}]}' + " " * MIB + "}",
    ],
)
def test_what_fits_passes(frame: str) -> None:
    assert too_large(frame) is None


@pytest.mark.parametrize(
    ("frame", "param"),
    [
        (item(text(MAX_ITEM)), "item"),
        (item(text(MAX_ITEM // 4, "😀")), "item"),
        (item(sound(80), text(MAX_WITH_SOUND)), "item"),
        (item({"type": "input_image", "image_url": "data:," + "A" * MAX_ITEM}), "item"),
        (json.dumps({"item": {"type": "function_call_output", "output": "x" * MIB}}), "item"),
        (json.dumps({"session": {"instructions": "x" * MAX_SESSION}}), "session"),
    ],
)
def test_what_does_not_fit_is_refused(frame: str, param: str) -> None:
    refusal = too_large(frame)
    assert refusal is not None
    assert (refusal.code, refusal.param) == ("string_above_max_length", param)
    assert len(str(refusal)) < 300


def test_the_refusal_names_the_event() -> None:
    refusal = too_large(item(text(MAX_ITEM), event_id="e1"))
    assert refusal is not None and refusal.event_id == "e1"
    refusal = too_large(item(text(MAX_ITEM), event_id=7))
    assert refusal is not None and refusal.event_id is None


@pytest.mark.parametrize("beta", [False, True])
def test_a_client_that_takes_1_mib_is_never_sent_more(server: Server, beta: bool) -> None:
    """The ``websockets`` package ends the connection of whoever sends it more."""

    async def main() -> None:
        options = {"max_size": MIB, "additional_headers": BETA if beta else {}}
        async with dial(server.url, **options) as wire:
            kind = {} if beta else {"type": "realtime"}
            off = (
                {"turn_detection": None} if beta else {"audio": {"input": {"turn_detection": None}}}
            )
            await wire.send("session.update", session={**kind, **off})
            long = base64.b64encode(bytes(10 * MIB)).decode()
            await wire.send("input_audio_buffer.append", audio=long)
            await wire.send("input_audio_buffer.commit")
            spoken = (await wire.until("input_audio_buffer.committed"))["item_id"]
            await wire.send("conversation.item.retrieve", item_id=spoken)
            got = await wire.until("conversation.item.retrieved")
            assert len(got["item"]["content"][0]["audio"]) > 900_000
            both = json.loads(item(sound(len(long)), text(MAX_WITH_SOUND - 200)))["item"]
            await wire.send("conversation.item.create", item={**both, "id": "both"})
            await wire.send("conversation.item.retrieve", item_id="both")
            assert (await wire.until("conversation.item.retrieved"))["item"]["id"] == "both"
            for letter in "x", "é", "\n":
                size = MAX_ITEM // len(json.dumps(letter, ensure_ascii=False).encode()[1:-1])
                whole = json.loads(item(text(size - 200, letter)))["item"]
                await wire.send("conversation.item.create", item=whole)
                await wire.until("conversation.item.created" if beta else "conversation.item.done")
            for name in "instructions", "prompt", "tracing":
                value: Any = "y" * (MAX_SESSION - 500)
                value = value if name == "instructions" else {"id": value}
                await wire.send("session.update", session={**kind, name: value})
            await wire.send("conversation.item.create", item=json.loads(item(text(MIB)))["item"])
            errors = [event for event in await wire.settled() if event["type"] == "error"]
            assert "string_above_max_length" in {event["error"]["code"] for event in errors}
        async with dial(server.url, **options) as wire:
            await wire.say("Count from 1 to 3000.")
            await wire.until("response.done")
            spoken = wire.events[-1]["response"]["output"][0]["id"]
            await wire.send("conversation.item.retrieve", item_id=spoken)
            await wire.until("conversation.item.retrieved")

    run(main())
