"""The idle timeout's clock: silence since the user heard the last answer (reference, 4.9)."""

from __future__ import annotations

__all__ = ["NUDGE", "IdleClock"]

#: What the model is told when the time is up, as a system message of the conversation.
NUDGE = (
    "The user has said nothing since your last answer. Briefly ask whether they are still "
    "there, or offer help with what was talked about."
)


class IdleClock:
    """Counts in the milliseconds of the sound that was appended, like everything here."""

    def __init__(self) -> None:
        self._since_ms: float | None = None

    def start(self, at_ms: float) -> None:
        """The user will have heard the answer when the sound gets to ``at_ms``."""
        self._since_ms = at_ms

    def stop(self) -> None:
        """Somebody speaks or answers."""
        self._since_ms = None

    def over(self, now_ms: float, timeout_ms: int) -> float | None:
        """Where the silence began that has lasted ``timeout_ms`` now; it counts no further."""
        since = self._since_ms
        if since is None or now_ms - since < timeout_ms:
            return None
        self._since_ms = None
        return since
