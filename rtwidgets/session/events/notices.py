"""What subscribers hear besides the server's events: things that happen on this side.

They travel the same way, ``fn(notice, conversation)``, and change no conversation state.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import Struct

from ...protocol.events import ServerEvent, UnknownEvent

__all__ = [
    "NOTICES",
    "ApprovalWanted",
    "BudgetWarning",
    "Happening",
    "Interrupted",
    "SessionEnded",
    "SessionResumed",
    "ToolFinished",
    "event_type",
]


class _Notice(Struct, frozen=True, kw_only=True, tag_field="type"):
    @property
    def type(self) -> str:
        """As ``Session.on`` names it: ``session.ended``."""
        return str(self.__struct_config__.tag)


class Interrupted(_Notice, frozen=True, kw_only=True, tag="session.interrupted"):
    """Somebody here said stop: a speaker falls silent, whatever it still holds."""

    response_id: str | None = None
    """The response that was cut; ``None`` where only its sound was left."""


class SessionEnded(_Notice, frozen=True, kw_only=True, tag="session.ended"):
    """The last thing that a subscriber hears."""

    reason: str
    expected: bool
    """We closed it ourselves."""


class BudgetWarning(_Notice, frozen=True, kw_only=True, tag="session.budget_warning"):
    """Most of the budget is used up; at its end the session ends."""

    reason: str
    """The same in words."""
    spent_usd: Decimal
    budget_usd: Decimal


class SessionResumed(_Notice, frozen=True, kw_only=True, tag="session.resumed"):
    """A session that had ended goes on over another connection (``reconnect=True``)."""

    resumed: Any
    """A ``Resumed``: what could not be carried over."""


class ApprovalWanted(_Notice, frozen=True, kw_only=True, tag="session.approval_wanted"):
    """A tool waits for a person's word."""

    approval: Any
    """A ``tools.Approval``: ``approve()`` or ``deny()``."""


class ToolFinished(_Notice, frozen=True, kw_only=True, tag="session.tool_finished"):
    """A call of a tool is over, however it went."""

    call: Any
    """A ``tools.ToolCall``."""


NOTICES = (
    *(Interrupted, SessionEnded, SessionResumed),
    *(BudgetWarning, ApprovalWanted, ToolFinished),
)
"""All of them."""

Happening: TypeAlias = (
    ServerEvent
    | UnknownEvent
    | Interrupted
    | SessionEnded
    | SessionResumed
    | BudgetWarning
    | ApprovalWanted
    | ToolFinished
)


def event_type(event: Struct) -> str:
    """``event.type`` for those who ask for every event: half the time."""
    if isinstance(event, UnknownEvent):
        return event.type
    return str(event.__struct_config__.tag)
