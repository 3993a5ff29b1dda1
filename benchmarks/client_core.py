"""Events that the client core decodes and applies per second of processor time, no socket.

``ClientProtocol.receive`` reads answers of the length that a session has, in both dialects:
a few hundred deltas of text, or of 100 ms of sound each. The limits are 60,000 text events
and 40,000 deltas of sound.

    python -m benchmarks.client_core --rounds 9
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from statistics import median

from rtwidgets.protocol.client import ClientProtocol
from rtwidgets.protocol.dialects import BETA, GA, Dialect

from .client_events import KINDS, frames

DELTAS = 300
ANSWERS = 60
LIMITS = {"text": 60_000, "audio": 40_000}
DIALECTS = (GA, BETA)


def events_per_s(dialect: Dialect, kind: str) -> float:
    """One round: a fresh session that takes in ``ANSWERS`` answers."""
    ids = itertools.count()
    core = ClientProtocol(dialect=dialect, new_id=lambda name: f"{name}_{next(ids)}")
    texts = [
        text.replace("resp_1", f"resp_{n}").replace("item_1", f"item_{n}")
        for n in range(ANSWERS)
        for text in _spelled(dialect, frames(kind, DELTAS))
    ]
    begun = time.process_time()
    for text in texts:
        core.receive(text)
    spent = time.process_time() - begun
    assert len(core.conversation.items) == ANSWERS
    assert not core.conversation.oddities
    return len(texts) / spent


def _spelled(dialect: Dialect, texts: list[str]) -> list[str]:
    """A server's frames in ``dialect``, through the events that they are."""
    if dialect is GA:
        return texts
    said = [dialect.encode(GA.decode_server(text)) for text in texts]
    # The embedded server writes no spaces; ``json`` does, as the frames of GA have them.
    return [json.dumps(json.loads(text)) for text in said if text is not None]


def main(argv: list[str] | None = None) -> int:
    """Measure, print a Markdown table; status 1 below a limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.client_core")
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args(argv)
    found = {
        (dialect.name, kind): [events_per_s(dialect, kind) for _ in range(args.rounds)]
        for dialect in DIALECTS
        for kind in KINDS
    }
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, median of {args.rounds}")
    print("rounds (lowest to highest), in thousands of events:\n")
    print("| decoded and applied per processor second | limit | GA | beta |")
    print("|---|---|---|---|")
    for kind, title in (("text", "text deltas"), ("audio", "audio deltas of 100 ms")):
        cells = []
        for dialect in DIALECTS:
            values = [value / 1000 for value in found[dialect.name, kind]]
            cells.append(f"{median(values):.0f} ({min(values):.0f} to {max(values):.0f})")
        print(f"| {title} | {LIMITS[kind] // 1000} | {' | '.join(cells)} |")
    return int(any(median(values) < LIMITS[kind] for (_, kind), values in found.items()))


if __name__ == "__main__":
    raise SystemExit(main())
