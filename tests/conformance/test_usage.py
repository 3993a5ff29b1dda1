"""Statements 75 to 78: what is counted, and what it costs."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from rtwidgets.protocol.client import ClientProtocol
from rtwidgets.protocol.dialects import BETA, GA
from rtwidgets.session.money.prices import price
from tests.conformance.wire import Wire, speech

DETAILS = ("input_token_details", "output_token_details")


def checked(usage: dict[str, Any]) -> dict[str, Any]:
    """``usage``, whose sums are right."""
    taken, made = (usage[name] for name in DETAILS)
    cached = taken["cached_tokens_details"]
    kinds = ("text_tokens", "audio_tokens", "image_tokens")
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["input_tokens"] == sum(taken.get(kind, 0) for kind in kinds)
    assert usage["output_tokens"] == made["text_tokens"] + made["audio_tokens"]
    assert taken["cached_tokens"] == sum(cached.values())
    assert all(cached.get(kind, 0) <= taken.get(kind, 0) for kind in kinds)
    return usage


def test_75_sums(wire: Wire) -> None:
    wire.update(instructions="Be brief, be kind, be quick. " * 40)
    for _ in range(2):
        wire.append(speech())
        wire.until("response.done")
    wire.respond("say hello", output_modalities="text")
    wire.respond("Count to 30 from 1.", max_output_tokens=5)
    first, *rest = (checked(event["response"]["usage"]) for event in wire.of("response.done"))
    assert first["input_token_details"]["cached_tokens"] == 0
    for usage in rest:
        cached = usage["input_token_details"]["cached_tokens"]
        assert cached > 0 and usage["input_tokens"] > first["input_tokens"]
    assert ("image_tokens" in first["input_token_details"]) <= wire.ga


def test_76_sound_is_counted_by_its_length(wire: Wire) -> None:
    wire.append(speech())
    started = wire.until("input_audio_buffer.speech_started")["audio_start_ms"]
    stopped = wire.until("input_audio_buffer.speech_stopped")["audio_end_ms"]
    usage = wire.until("response.done")["response"]["usage"]
    heard_ms, said_ms = stopped - started, len(wire.sound()) / 48
    assert heard_ms > 500 and said_ms > 500
    assert usage["input_token_details"]["audio_tokens"] == pytest.approx(heard_ms / 100, abs=1)
    assert usage["output_token_details"]["audio_tokens"] == pytest.approx(said_ms / 50, abs=1)


def test_77_transcription_is_counted_apart(wire: Wire) -> None:
    """The same turn with and without: the response costs the same."""
    wire.update(turn_detection=None, output_modalities="text")
    usages = []
    for transcription in (None, {"model": "whisper-1"}):
        wire.update(transcription=transcription)
        wire.append(speech())
        wire.send("input_audio_buffer.commit")
        item_id = wire.until("input_audio_buffer.committed")["item_id"]
        if transcription is not None:
            completed = wire.until("conversation.item.input_audio_transcription.completed")
            assert completed["usage"]
        usage = wire.respond(input=[{"type": "item_reference", "id": item_id}])["usage"]
        usages.append((usage["input_token_details"]["audio_tokens"], usage["output_tokens"]))
        assert usage["input_token_details"]["text_tokens"] <= 20
    assert usages[0] == usages[1]


def test_78_money_from_reported_usage(dialect: str) -> None:
    """The reference's recorded turn (6.7 a): 0.0042616 dollars."""
    usage = {
        "total_tokens": 200,
        "input_tokens": 139,
        "output_tokens": 61,
        "input_token_details": {
            "text_tokens": 43,
            "audio_tokens": 96,
            "cached_tokens": 64,
            "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 64},
        },
        "output_token_details": {"text_tokens": 18, "audio_tokens": 43},
    }
    client = ClientProtocol(dialect=GA if dialect == "ga" else BETA, new_id=lambda kind: kind)
    response = {"id": "r", "object": "realtime.response", "output": [], "conversation_id": "c"}
    done = {**response, "status": "completed", "usage": usage}
    client.receive(json.dumps({"type": "response.done", "event_id": "e", "response": done}))
    found = price(client.conversation.usage.total, "gpt-realtime")
    assert found is not None and found.usd == Decimal("0.0042616")
