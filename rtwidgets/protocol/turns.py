"""When the user's turn begins, pauses and ends, told from speech probabilities alone.

Theory of operation. The detector is fed one probability for each window of sound and counts
time in the sound's own milliseconds, so a recording that is sent thirty times faster than it
was spoken gives the same positions. It enters speech at ``threshold`` and leaves it at a
lower one, so that a voice that wavers around the threshold does not chop a turn in pieces.
A pause ends the turn after ``silence_duration_ms``, or after what ``wait`` says of this pause.
Its legal moves are ``MOVES``; everything else is counting.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

__all__ = ["MOVES", "Move", "TurnDetector", "TurnState"]

TurnState = Literal["quiet", "speaking", "pausing"]
MoveKind = Literal["started", "paused", "resumed", "stopped", "left"]

#: state → move → next state; the documentation's diagram is drawn from this table. ``left`` is
#: no move of the sound: a commit, a clear or the end of detection takes the turn away.
MOVES: dict[TurnState, dict[MoveKind, TurnState]] = {
    "quiet": {"started": "speaking"},
    "speaking": {"paused": "pausing", "left": "quiet"},
    "pausing": {"resumed": "speaking", "stopped": "quiet", "left": "quiet"},
}

#: How far below the entering threshold speech is left.
_HYSTERESIS = 0.15


class Move(Struct, frozen=True, kw_only=True):
    """One move and its place in the sound, in ms since the session's first sample.

    ``started`` is placed before the padding, ``stopped`` after the silence that was waited
    for, as the wire's ``audio_start_ms`` and ``audio_end_ms`` are.
    """

    kind: MoveKind
    at_ms: int


class TurnDetector:
    """Cuts turns out of a stream of speech probabilities.

    Args:
        threshold: probability (0 to 1) at which a window counts as speech.
        prefix_padding_ms: sound before the onset that belongs to the turn.
        silence_duration_ms: silence that ends the turn.
        onset_ms: speech that begins a turn; shorter bursts are clicks.
        pause_ms: silence after which the turn may be over, so that work can start early.
    """

    def __init__(
        self,
        *,
        threshold: float = 0.5,
        prefix_padding_ms: int = 300,
        silence_duration_ms: int = 500,
        onset_ms: float = 64,
        pause_ms: float = 128,
    ) -> None:
        self.elapsed_ms = 0.0
        self.state: TurnState = "quiet"
        self._voiced_ms = 0.0
        self._silent_ms = 0.0
        self._wait_ms: float | None = None
        self._onset_ms = onset_ms
        self._pause_ms = pause_ms
        self.configure(
            threshold=threshold,
            prefix_padding_ms=prefix_padding_ms,
            silence_duration_ms=silence_duration_ms,
        )

    def configure(
        self, *, threshold: float, prefix_padding_ms: int, silence_duration_ms: int
    ) -> None:
        """Change the settings; a turn that is under way goes on."""
        self._enter = threshold
        self._leave = max(threshold - _HYSTERESIS, 0.01)
        self._padding_ms = prefix_padding_ms
        self._silence_ms = silence_duration_ms

    def wait(self, silence_ms: float) -> None:
        """End this turn after ``silence_ms`` of the pause under way, whatever the setting."""
        if self.state == "pausing":
            self._wait_ms = silence_ms

    def reset(self, elapsed_ms: float | None = None) -> None:
        """Forget the turn under way; ``elapsed_ms`` moves the clock to that place."""
        self.state = MOVES[self.state].get("left", "quiet")
        self._voiced_ms = self._silent_ms = 0.0
        self._wait_ms = None
        if elapsed_ms is not None:
            self.elapsed_ms = elapsed_ms

    def push(self, probability: float, window_ms: float) -> tuple[Move, ...]:
        """Take the next window and return the moves that it caused, in order."""
        self.elapsed_ms += window_ms
        if self.state == "quiet":
            return self._quiet(probability, window_ms)
        return self._in_turn(probability, window_ms)

    def _quiet(self, probability: float, window_ms: float) -> tuple[Move, ...]:
        if probability < self._enter:
            self._voiced_ms = 0.0
            return ()
        self._voiced_ms += window_ms
        if self._voiced_ms < self._onset_ms:
            return ()
        onset = self.elapsed_ms - self._voiced_ms
        return (self._move("started", max(0.0, onset - self._padding_ms)),)

    def _in_turn(self, probability: float, window_ms: float) -> tuple[Move, ...]:
        if probability >= self._enter:
            self._silent_ms = 0.0
            return (self._move("resumed", self.elapsed_ms),) if self.state == "pausing" else ()
        if self._silent_ms == 0.0 and probability >= self._leave:
            return ()
        self._silent_ms += window_ms
        # Silence comes in whole windows: the nearest one to what was asked for ends the wait.
        silent_ms = self._silent_ms + window_ms / 2
        moves: list[Move] = []
        if self.state == "speaking" and silent_ms > min(self._pause_ms, self._silence_ms):
            moves.append(self._move("paused", self.elapsed_ms))
        wait_ms = self._silence_ms if self._wait_ms is None else self._wait_ms
        if self.state == "pausing" and silent_ms > wait_ms:
            moves.append(self._move("stopped", self.elapsed_ms))
        return tuple(moves)

    def _move(self, kind: MoveKind, at_ms: float) -> Move:
        self.state = MOVES[self.state][kind]
        self._wait_ms = None
        if kind in ("started", "stopped"):
            self._voiced_ms = self._silent_ms = 0.0
        return Move(kind=kind, at_ms=round(at_ms))
