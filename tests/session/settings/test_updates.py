"""Changes of settings on their way: what is unanswered, taken, refused."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

from rtwidgets.errors import ApiError
from rtwidgets.protocol.config import SessionConfig
from rtwidgets.session.settings.flat import session_config
from rtwidgets.session.settings.updates import Updates


def config(**settings: Any) -> SessionConfig:
    return session_config(settings)


def test_what_is_unanswered_is_what_was_sent_without_what_was_taken_or_refused() -> None:
    async def main() -> None:
        numbers = count()
        updates = Updates(lambda _: f"event_{next(numbers)}")
        assert updates.unanswered == SessionConfig()
        for change in (
            config(turn_detection=None),
            config(voice="ash"),
            config(turn_detection={"type": "server_vad"}),
        ):
            updates.ask(change)
        assert updates.unanswered == config(turn_detection={"type": "server_vad"}, voice="ash")
        assert updates.refused(ApiError("no", event_id="event_2"))
        assert updates.unanswered == config(turn_detection=None, voice="ash")
        updates.acknowledged(SessionConfig())
        assert updates.unanswered == config(voice="ash")
        updates.abandon(ConnectionError())
        assert updates.unanswered == SessionConfig()

    asyncio.run(main())
