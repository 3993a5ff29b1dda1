"""How fast a turn was, as seconds since the user stopped."""

from __future__ import annotations

from dataclasses import dataclass, fields

__all__ = ["Latency"]


@dataclass(frozen=True, kw_only=True)
class Latency:
    """When things happened, in s after the end of the user's speech (typed: after sending).

    The zero is the last loud piece of what was said, not the moment the server noticed: its
    waiting for silence is part of what a speaker feels. ``None`` is what did not happen.
    """

    end_of_speech: float | None = None
    """The server reported that the speech was over; ``None`` for a typed turn."""
    transcript: float | None = None
    """The user's words were there; may be later than the answer."""
    first_event: float | None = None
    """The response began."""
    first_text: float | None = None
    """The first words of the answer."""
    first_audio: float | None = None
    """The first sound of the answer."""
    done: float | None = None
    """The response was complete; its sound usually plays on."""

    def __str__(self) -> str:
        """What happened, in order: ``first event 0.31 s, first audio 0.58 s``."""
        times = [(getattr(self, f.name), f.name.replace("_", " ")) for f in fields(self)]
        known = sorted((t, name) for t, name in times if t is not None)
        return ", ".join(f"{name} {t:.2f} s" for t, name in known) or "nothing yet"
