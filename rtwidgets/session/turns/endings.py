"""What a turn says when it does not end well."""

from __future__ import annotations

from msgspec import UNSET

from ...errors import ApiError, RealtimeError, SessionClosed
from ...protocol.events import ErrorDetails
from ...protocol.items import Response
from ..connecting.secrets import scrub

__all__ = ["failure", "lost", "refusal"]


def failure(response: Response) -> RealtimeError:
    """A response that failed, as the error that it reports."""
    details = response.status_details
    error = None if details is None or details.error is UNSET else details.error
    if error is None:
        return ApiError("the response failed, and the server does not say why", type="server_error")
    message = error.message if error.message is not UNSET else error.code or "the response failed"
    return ApiError(scrub(message or ""), type=error.type or "server_error", code=error.code)


def lost(reason: str) -> SessionClosed:
    """Why a turn ends when its connection does."""
    return SessionClosed(f"the session ended before the turn did: {reason}")


def refusal(details: ErrorDetails) -> ApiError:
    """An ``error`` event as the error that it reports."""
    return ApiError(
        scrub(details.message),
        type=details.type,
        code=details.code,
        param=details.param,
        event_id=details.event_id or None,
    )
