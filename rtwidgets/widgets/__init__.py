"""The widgets: each stands alone, ``Console`` composes them; all observe one session."""

from __future__ import annotations

from .approvals import Approvals
from .capture_page import capture_page
from .console import Console
from .event_log import EventLog
from .microphone import Microphone
from .panel import Panel
from .session_panel import SessionPanel
from .speaker import Speaker
from .timeline import Timeline
from .transcript import Transcript
from .usage_table import UsageTable
from .waveform import Waveform

__all__ = [
    "Approvals",
    "Console",
    "EventLog",
    "Microphone",
    "Panel",
    "SessionPanel",
    "Speaker",
    "Timeline",
    "Transcript",
    "UsageTable",
    "Waveform",
    "capture_page",
]
