"""How a session stands, in one word that a page can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .link import Link

__all__ = ["WORDS", "state_word"]

WORDS = ("idle", "listening", "thinking", "speaking", "closed")


def state_word(link: Link) -> str:
    """One of ``WORDS``: who is at it. The user's speech goes before the model's."""
    if link.ended is not None:
        return "closed"
    conversation = link.conversation
    if conversation.speaking:
        return "listening"
    active = conversation.active_response
    if active is not None:
        return "speaking" if active.output else "thinking"
    request = link.queue.current
    asked = request is not None and request.event_id is not None and request.response_id is None
    return "thinking" if asked or link.answer_due or link.tools.busy else "idle"
