"""Who ends a turn, as the settings of a session tell it: the server's detection, or a button.

A change of it is on its way for as long as the server takes to answer. What was asked for is
shown meanwhile: a choice that jumped back and came again would look like a refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from ..protocol.config import SessionConfig, TurnDetection, merge

if TYPE_CHECKING:
    from ..session.session import Session

__all__ = ["detection_of", "mode_of"]


def mode_of(session: Session) -> str:
    """``"hands_free"`` or ``"push_to_talk"``: what was asked for, or else what is in force."""
    audio = merge(session.conversation.session, session.unanswered).audio
    known = audio is not UNSET and audio.input is not UNSET
    return "push_to_talk" if known and _detection(audio) is None else "hands_free"


def detection_of(config: SessionConfig) -> TurnDetection | None:
    """How the server detects turns; ``None`` where it does not, or where nothing is known."""
    return _detection(config.audio)


def _detection(audio: object) -> TurnDetection | None:
    detection = getattr(getattr(audio, "input", None), "turn_detection", None)
    return detection if isinstance(detection, TurnDetection) else None
