"""``Tab``: a page that records, as the kernel hears it."""

from __future__ import annotations

from typing import Any

from rtwidgets.widgets.microphone import Microphone
from tests.widgets.talk import Page

__all__ = ["FRAME", "Tab", "frame"]

#: Bytes of a frame of 40 ms.
FRAME = 1920


def frame(seq: int) -> bytes:
    """A frame that says its number in every sample."""
    return (seq + 1).to_bytes(2, "little") * (FRAME // 2)


class Tab(Page):
    """A page that records."""

    def __init__(self, mic: Microphone, page: str = "p1") -> None:
        super().__init__(mic)
        self.page = page
        self.say("hello")

    def say(self, kind: str, *buffers: bytes, **fields: Any) -> None:
        content = {"kind": kind, "page": self.page, **fields}
        message = {"content": {"data": {"method": "custom", "content": content}}}
        self.panel._handle_msg({**message, "buffers": [memoryview(b) for b in buffers]})
        self.panel.session.advance()

    def open(self) -> None:
        self.say("opened", device="Test microphone", device_rate=48000)

    def speak(self, *numbers: int) -> None:
        for seq in numbers:
            self.say("audio", frame(seq), seq=seq, sample=960 * seq, time=0.04 * seq)

    def told(self, kind: str) -> list[dict[str, Any]]:
        """What this page was told, of one kind."""
        mine = [m for m in self.messages if m["page"] == self.page]
        return [message for message in mine if message["kind"] == kind]
