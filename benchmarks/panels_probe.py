"""What ``page_panels`` puts into the page and into the kernel, and the long talk that it shows.

All clocks are the machine's. In the page a ``MutationObserver`` sees when words come into a
panel; the frame that paints them is over in the task after the next animation frame. In the
kernel one more subscriber of the session notes when the event came in, before any panel hears
of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rtwidgets.session.exports.jsonl import VERSION

from .record import turn

__all__ = ["CONNECT", "HURRY", "MARKS", "PAGE", "TAKE_UP", "write_talk"]

#: The first cell of a session that is talked to.
CONNECT = """
import random, re, threading, time
import rtwidgets as rt

session = rt.connect(engine="simulated", quiet=True)
came = []

def note(event, conversation):
    if getattr(event, "type", "") == "conversation.item.added":
        found = re.search(r"mark (\\d+)\\.", conversation.text(event.item.id) or "")
        if found:
            came.append((int(found[1]), time.time()))

session.subscribe(note)

def mark(number):
    part = {"type": "input_text", "text": f"mark {number}."}
    item = {"type": "message", "role": "user", "content": [part]}
    session.send_event({"type": "conversation.item.create", "item": item})
"""

#: Marks at uneven times, while answers are made and played one after the other.
MARKS = """
def talk():
    global over
    for number in range(COUNT):
        if not speaker.playing:
            session.say("count from 1 to 100")
        mark(number)
        time.sleep(random.uniform(0.25, 0.55))
    session.interrupt()
    over = True

over = False
threading.Thread(target=talk, daemon=True).start()
"""

#: 200 events a second: each of these is one that is sent and one that is answered.
HURRY = """
def hurry():
    global over
    begun, sent, marked = time.monotonic(), 0, 0
    while (past := time.monotonic() - begun) < SECONDS:
        while sent < past * 100:
            session.send_event({"type": "input_audio_buffer.clear"})
            sent += 1
        if marked < past * 2:
            mark(100_000 + marked)
            marked += 1
        time.sleep(0.01)
    over = True

over = False
threading.Thread(target=hurry, daemon=True).start()
"""

#: A recording of which so much is there at once; the rest goes on at its own pace by ``go_on``.
TAKE_UP = """
import itertools, time
import rtwidgets as rt
from rtwidgets import _loop
from rtwidgets.session.records import replay
from rtwidgets.session.exports.jsonl import read

records = read(PATH)
head = next(records)

async def make():
    return replay._FileLink(head, 64)

link = _loop.run(make(), 5, what="the recording")
session = replay.Replay(link, head.name)
rest = next(records)
while rest.at_ms < AT_ONCE_MS:
    batch = [rest, *itertools.islice(records, 200)]
    rest = batch.pop()
    _loop.run(link.take(batch), 60, what="the recording")

def go_on():
    global first
    first = len(session.events_log)
    _loop.post(link.start, link.run_at(itertools.chain([rest], records), 1, 0))
"""

#: Runs in the page: when each mark was painted, by the panel that shows it.
PAGE = r"""() => {
  const seen = (window.rtwSeen = { event_log: {}, transcript: {} });
  const look = (node) => {
    const text = node.textContent ?? "";
    for (const [, number] of text.matchAll(/mark (\d+)\./g)) {
      const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
      const row = element?.closest(".rtw-event_log [data-index]");
      const where = row ? "event_log" : element?.closest(".rtw-transcript-log") && "transcript";
      if (!where || seen[where][number] !== undefined) continue;
      // The log has the mark on its way out as well.
      if (row && !row.textContent.includes("conversation.item.added")) continue;
      seen[where][number] = 0;
      requestAnimationFrame(() => setTimeout(() => { seen[where][number] = Date.now(); }, 0));
    }
  };
  new MutationObserver((records) => {
    for (const { target, addedNodes, type } of records) {
      if (type === "characterData") look(target);
      else for (const node of addedNodes) look(node);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def write_talk(path: Path, minutes: int) -> None:
    """A lively talk of so many minutes as a recording (see ``record``)."""
    noise = np.random.default_rng(5)
    with path.open("wb") as file:
        for line in _lines(minutes, noise):
            file.write(json.dumps(line).encode() + b"\n")


def _lines(minutes: int, noise: np.random.Generator) -> Iterator[dict[str, object]]:
    yield {"rtwidgets": VERSION, "name": "a talk", "dialect": "ga", "model": "m", "free": True}
    turns = {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad"}}}}
    yield {"at_ms": 0.0, "sent": False, "event": {"type": "session.created", "session": turns}}
    for n in range(6 * minutes):
        for at_s, sent, event in turn(n, noise):
            yield {"at_ms": n * 10_000 + at_s * 1000, "sent": sent, "event": event}
