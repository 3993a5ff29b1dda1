"""The scripted server of the session's tests, in either dialect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from tests.conformance.wire import name_in
from tests.session.scripted import VAD, Peer, Script

__all__ = ["playing"]

_PARTS = {"output_audio": "audio", "output_text": "text"}


class BetaPeer(Peer):
    """Says in beta what its script says in GA."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.session = {
            "id": "sess_1",
            "object": "realtime.session",
            "model": "gpt-4o-realtime-preview",
            "modalities": ["text", "audio"],
            "instructions": "",
            "voice": "alloy",
            "input_audio_format": "pcm16",
            "output_audio_format": "pcm16",
            "input_audio_transcription": None,
            "turn_detection": {k: v for k, v in VAD.items() if k != "idle_timeout_ms"},
            "tools": [],
            "tool_choice": "auto",
            "temperature": 0.8,
            "max_response_output_tokens": "inf",
        }

    async def send(self, type: str, **fields: Any) -> None:
        if type != "conversation.item.done":
            await super().send(name_in("beta", type), **_in_beta(fields))


def _in_beta(value: Any) -> Any:
    """Items with their marker, parts by their old names."""
    if isinstance(value, list):
        return [_in_beta(part) for part in value]
    if not isinstance(value, dict):
        return value
    found = {key: _in_beta(part) for key, part in value.items()}
    if found.get("type") in _PARTS:
        found["type"] = _PARTS[found["type"]]
    if found.get("type") in ("message", "function_call", "function_call_output"):
        found["object"] = "realtime.item"
    return found


@contextmanager
def playing(dialect: str, **options: Any) -> Iterator[Script]:
    """A scripted server that speaks ``dialect``."""
    speaker = BetaPeer if dialect == "beta" else Peer
    with patch("tests.session.scripted.Peer", speaker), Script(**options) as script:
        yield script
