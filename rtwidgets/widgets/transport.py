"""``Transport``: what the way between one panel and each of its pages can carry.

Some front ends drop the binary buffers of messages (Colab's manager does). Each page finds out
with a probe that carries a few bytes, in both directions; where buffers do not arrive, a
message carries them inside, as base64, and widgets do not notice. A page whose own buffers were
dropped is taken to miss ours until it says otherwise; a page that never probed gets buffers.

The same probes measure the round trip: page to kernel, through the loop thread, and back. The
page's half is ``js/src/transport.ts``.
"""

from __future__ import annotations

import base64
import binascii
import math
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["MOST_BYTES", "Line", "RoundTrip", "Transport", "percentile", "summary"]

#: The kind of the handshake's messages, both ways.
KIND = "line"
#: What an answer carries.
BYTES = b"\x01\x02\x03\xfe"
#: No message to a page is larger: front ends may drop those, or the connection with them.
MOST_BYTES = 1_000_000
#: What follows a message that must not wait. A Jupyter server leaves small packets to the system,
#: which holds one back until the page's computer has confirmed the one before, up to 40 ms later.
#: A packet that is full goes out at once; on a machine's own network 65,483 bytes fill one. They
#: are random, so that a server that compresses sends as many.
PUSH = os.urandom(65_536)
#: Pages that are remembered; a reloaded page is a new one.
MOST_PAGES = 32
#: Round trips of a page that are remembered.
KEPT = 200


def percentile(numbers: Sequence[float], share: float) -> float:
    """The number below which a share of them lies; NaN of none."""
    if not numbers:
        return math.nan
    ordered = sorted(numbers)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True)
class RoundTrip:
    """How long a message took to a kernel and back, in ms."""

    count: int
    p50_ms: float
    p95_ms: float

    def __str__(self) -> str:
        """Both figures and how many were taken."""
        if not self.count:
            return "not measured yet"
        return f"{self.p50_ms:.0f} ms (p95 {self.p95_ms:.0f} ms, of {self.count})"


@dataclass
class Line:
    """The way to one page."""

    page: str
    up: bool = False
    """Its buffers arrive here."""
    down: bool = False
    """Ours arrive there."""
    round_trips: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    """The last ones, in ms."""


class Transport:
    """The lines of one panel, by page; on the loop thread."""

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}

    @property
    def round_trip(self) -> RoundTrip:
        """Of all pages together."""
        return summary([self])

    def answer(self, message: dict[str, Any], buffers: Sequence[bytes]) -> dict[str, Any]:
        """Take a page's probe; the answer goes out with ``BYTES`` in its only buffer."""
        page = str(message["page"])
        line = self.lines.pop(page, None) or Line(page)
        self.lines[page] = line
        while len(self.lines) > MOST_PAGES:
            del self.lines[next(iter(self.lines))]
        line.up = bool(buffers)
        line.down = bool(message.get("arrived", line.up))
        round_trip_ms = message.get("round_trip_ms")
        if isinstance(round_trip_ms, (int, float)) and math.isfinite(round_trip_ms):
            line.round_trips.append(float(round_trip_ms))
        return {"kind": KIND, "page": page, "n": message["n"], "arrived": line.up}

    def pack(
        self, content: dict[str, Any], buffers: Sequence[bytes]
    ) -> tuple[dict[str, Any], list[bytes]]:
        """What to send so that the page that is named, or every page, gets the buffers."""
        size = sum(len(buffer) for buffer in buffers)
        inside = bool(buffers) and not self._carries(content.get("page"))
        if (size * 4 // 3 if inside else size) > MOST_BYTES:
            raise ValueError(
                f"a message of {size:,} bytes is too large for a page: at most {MOST_BYTES:,}"
            )
        if not inside:
            return content, list(buffers)
        return {**content, "b64": [base64.b64encode(b).decode("ascii") for b in buffers]}, []

    def push(self, page: str | None = None) -> tuple[dict[str, Any], list[bytes]] | None:
        """What to send after a message so that it does not wait on the way; pages drop it.

        ``None`` where the page gets no buffers: such a front end has a way of its own.
        """
        return ({"kind": KIND}, [PUSH]) if self._carries(page) else None

    def _carries(self, page: str | None) -> bool:
        asked = self.lines.values() if page is None else filter(None, [self.lines.get(page)])
        return all(line.down for line in asked)

    @staticmethod
    def unpack(message: dict[str, Any], buffers: Sequence[bytes]) -> list[bytes]:
        """The buffers of a page's message, wherever they travelled; or ``ValueError``."""
        inside = message.pop("b64", None)
        if inside is None:
            return list(buffers)
        try:
            return [base64.b64decode(text, validate=True) for text in inside]
        except (TypeError, binascii.Error) as error:
            raise ValueError(f"a message of kind {message.get('kind')!r}: {error}") from error


def summary(transports: Sequence[Transport]) -> RoundTrip:
    """The round trips of several panels together."""
    lines = [line for transport in transports for line in list(transport.lines.values())]
    times = [ms for line in lines for ms in list(line.round_trips)]
    return RoundTrip(len(times), percentile(times, 0.5), percentile(times, 0.95))
