"""How a turn shows itself: one line of text, or a small piece of a page.

Words of a model or of a user are escaped, always.
"""

from __future__ import annotations

from html import escape
from typing import Protocol

from ...audio import Pcm
from ...protocol.items import Usage
from ..tools.calls import ToolCall
from ..turns.generated import Said
from ..turns.latency import Latency
from .sound import answer_html, sound_html

__all__ = ["turn_html", "turn_line"]

#: Longer words are cut in the line, not in the page.
LINE_CHARS = 60


class Shown(Protocol):
    """What of a turn is shown."""

    said: str

    @property
    def status(self) -> str: ...
    @property
    def transcript(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def heard(self) -> Said: ...
    @property
    def interrupted(self) -> bool: ...
    @property
    def audio(self) -> Pcm: ...
    @property
    def usage(self) -> Usage: ...
    @property
    def latency(self) -> Latency: ...
    @property
    def error(self) -> BaseException | None: ...
    @property
    def tool_calls(self) -> tuple[ToolCall, ...]: ...


def turn_line(turn: Shown) -> str:
    """``<Turn completed: 'Hello' → 'Hi there', 1.2 s of sound, 57 tokens>``."""
    said = repr(_short(turn.transcript)) if turn.transcript else turn.said or "…"
    parts = [f"{said} → {_short(turn.text)!r}"] if turn.text else [said]
    if turn.tool_calls:
        parts.append(f"called {', '.join(call.written for call in turn.tool_calls)}")
    if turn.error is not None:
        parts.append(f"{type(turn.error).__name__}: {turn.error}")
    if turn.audio.samples.size:
        parts.append(f"{turn.audio.duration_s:.1f} s of sound")
    if turn.usage.total_tokens:
        parts.append(f"{turn.usage.total_tokens} tokens")
    return f"<Turn {turn.status}: {', '.join(parts)}>"


def turn_html(turn: Shown) -> str:
    """Both sides' words, the sound, and how it went."""
    rows = [_row("you", turn.transcript or turn.said)]
    rows += [_row("tool", str(call)) for call in turn.tool_calls]
    heard = turn.heard if turn.interrupted else None
    if turn.text:
        share = None if heard is None else heard.text
        rows.append(f"<div>{_who('answer')}{answer_html(turn.text, share)}</div>")
    facts = [turn.status]
    if heard is not None:
        facts.append(f"heard for {heard.audio.duration_s:.1f} s")
    if turn.latency.done is not None:
        facts.append(str(turn.latency))
    if turn.usage.total_tokens:
        facts.append(f"{turn.usage.total_tokens:,} tokens")
    sound = turn.audio
    player = ""
    if sound.samples.size:
        player = sound_html(sound, None if heard is None else heard.audio.duration_s)
    error = ""
    if turn.error is not None:
        text = escape(f"{type(turn.error).__name__}: {turn.error}")
        error = f'<div style="color: var(--jp-error-color1, #b00020)">{text}</div>'
    return (
        '<div style="line-height: 1.5">'
        f"{''.join(rows)}{player}{error}"
        f'<div style="opacity: 0.7; font-size: 85%">{escape("; ".join(facts))}</div></div>'
    )


def _row(who: str, words: str) -> str:
    if not words:
        return ""
    text = escape(words).replace("\n", "<br>")
    return f"<div>{_who(who)}{text}</div>"


def _who(who: str) -> str:
    return f'<b style="opacity: 0.7">{who}</b>&ensp;'


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LINE_CHARS else text[: LINE_CHARS - 1] + "…"
