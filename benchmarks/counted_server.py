"""The embedded server with the simulated engine, counting what goes in and out of its core.

``python -m benchmarks.counted_server SPEED`` prints its address, serves until its input is
closed, and then prints what it counted, as JSON.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections import Counter
from typing import Any

import rtwidgets as rt
from rtwidgets.protocol.server import ServerProtocol

__all__ = ["Counts", "digest"]


class Counts:
    """Events by type, and bytes of sound, one way."""

    def __init__(self) -> None:
        self.types: Counter[str] = Counter()
        self.sound = 0

    def take(self, event: dict[str, Any]) -> None:
        """One event as it stands on the wire."""
        self.types[event["type"]] += 1
        sound = event.get("audio") or (
            event.get("delta") if event["type"] == "response.output_audio.delta" else None
        )
        if isinstance(sound, str):
            self.sound += len(base64.b64decode(sound))

    def told(self) -> dict[str, Any]:
        """For comparing."""
        return {"types": dict(sorted(self.types.items())), "sound": self.sound}


def digest(conversation: Any) -> str:
    """The conversation in one word: items in order with their words, and how responses ended."""
    items = [[str(item.id), conversation.text(str(item.id))] for item in conversation.items]
    ends = [[one.id, one.status] for one in conversation.responses.values()]
    return hashlib.sha256(json.dumps([items, ends]).encode()).hexdigest()[:16]


class _Counted(ServerProtocol):
    """A core that is listened to."""

    cores: list[_Counted] = []  # noqa: RUF012  (shared on purpose)

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.taken, self.given = Counts(), Counts()
        self.cores.append(self)

    def receive(self, text: str | bytes) -> None:
        self.taken.take(json.loads(text))
        super().receive(text)

    def take_events(self) -> list[str]:
        events = super().take_events()
        for text in events:
            self.given.take(json.loads(text))
        return events


def main() -> None:
    """Serve and count."""
    from rtwidgets.server import endpoint

    vars(endpoint)["ServerProtocol"] = _Counted
    with rt.serve("simulated", seed=1, pace=1 / float(sys.argv[1])) as server:
        print(server.url, flush=True)
        sys.stdin.read()
    told = [
        {
            "sent": core.taken.told(),
            "received": core.given.told(),
            "digest": digest(core.conversation),
        }
        for core in _Counted.cores
    ]
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
