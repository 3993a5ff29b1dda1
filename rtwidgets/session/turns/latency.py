"""How fast a turn was, as seconds since the user stopped; shows itself as a waterfall."""

from __future__ import annotations

from dataclasses import dataclass, fields

__all__ = ["STEPS", "Latency"]

#: The steps of an answer, in order: what ends each, and what it is in words.
STEPS = (
    ("end_of_speech", "noticing the end of speech"),
    ("committed", "speech taken as an item"),
    ("first_event", "response created"),
    ("first_text", "first token"),
    ("first_audio", "first sound made"),
    ("first_played", "first sound played"),
)


@dataclass(frozen=True, kw_only=True)
class Latency:
    """When things happened, in s after the end of the user's speech (typed: after sending).

    The zero is the last loud sample of what was said (``history/sent_sound.py``), not the moment
    the server noticed: its waiting for silence is part of what a speaker feels. ``None`` is what
    did not happen.
    """

    speech_end: float | None = None
    """Where the server's turn detection put the end (``audio_end_ms``), by when that sample was
    sent; servers count the silence that they waited for."""
    end_of_speech: float | None = None
    """The server reported that the speech was over; ``None`` for a typed turn."""
    committed: float | None = None
    """The speech became an item."""
    transcript: float | None = None
    """The user's words were there; may be later than the answer."""
    first_event: float | None = None
    """The response began."""
    first_text: float | None = None
    """The first words of the answer."""
    first_audio: float | None = None
    """The first sound of the answer."""
    first_played: float | None = None
    """Its first sample left the loudspeaker: a page's report, or the clock where there is none."""
    done: float | None = None
    """The response was complete; its sound usually plays on."""
    hop_ms: float | None = None
    """The notebook's own part of ``first_played``: from the kernel into the page, in ms."""

    def steps(self) -> list[tuple[str, float, float]]:
        """The waterfall: ``(what, from, to)`` in s, each step from the end of the one before."""
        at, steps = 0.0, []
        for name, words in STEPS:
            moment = getattr(self, name)
            if moment is not None:
                steps.append((words, min(at, moment), moment))
                at = max(at, moment)
        return steps

    def __str__(self) -> str:
        """What happened, in order: ``first event 0.31 s, first audio 0.58 s``."""
        names = [f.name for f in fields(self) if f.name != "hop_ms"]
        times = [(getattr(self, name), name.replace("_", " ")) for name in names]
        known = sorted((t, name) for t, name in times if t is not None)
        hop = "" if self.hop_ms is None else f" (hop into the page {self.hop_ms:.0f} ms)"
        return (", ".join(f"{name} {t:.2f} s" for t, name in known) or "nothing yet") + hop

    def _repr_html_(self) -> str:
        from ...figures.timeline import waterfall

        hop = "" if self.hop_ms is None else f"of it {self.hop_ms:.0f} ms into the page"
        return str(waterfall(self.steps(), note=hop)) or str(self)
