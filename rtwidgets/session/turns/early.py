"""Words and sound that come before ``response.created``, as a network out of order brings them.

A turn knows its answer by the response's id, which it learns when the response is created.
What names a response that has not been created yet waits here until it is.
"""

from __future__ import annotations

from ...protocol import events as on
from ..logs import logger

__all__ = ["Delta", "Early"]

#: More than this is not kept, in bytes of words and sound.
KEPT_BYTES = 16_000_000

Delta = (
    on.ResponseOutputTextDelta | on.ResponseOutputAudioTranscriptDelta | on.ResponseOutputAudioDelta
)


class Early:
    """The deltas of responses that are still to be created; on the loop thread."""

    def __init__(self) -> None:
        self.begun: set[str] = set()
        """Responses that were created: their deltas are in time."""
        self._kept: dict[str, list[Delta]] = {}
        self._bytes = 0

    def keep(self, event: Delta) -> None:
        """A delta of a response that has not begun."""
        self._kept.setdefault(event.response_id, []).append(event)
        self._bytes += len(event.delta)
        while self._bytes > KEPT_BYTES:
            oldest = next(iter(self._kept))
            logger.warning("the response %s never began: its words and sound are lost", oldest)
            self._take(oldest)

    def begin(self, response_id: str) -> list[Delta]:
        """The response is created: what came of it until now, in the order in which it came."""
        self.begun.add(response_id)
        return self._take(response_id)

    def _take(self, response_id: str) -> list[Delta]:
        found = self._kept.pop(response_id, [])
        self._bytes -= sum(len(event.delta) for event in found)
        return found
