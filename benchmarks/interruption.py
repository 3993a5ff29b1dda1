"""From ``speech_started`` to ``conversation.item.truncate``: how fast a session is silent.

A scripted server in a process of its own speaks (100 ms of sound in each delta, faster than
real time). When the virtual speaker has played some of it the client says so, the server says
that the user began to speak, and waits for the truncation. Two clocks: the client's log of the
wire (frame in → frame out), and the server's (frame out → frame in, with loopback and both
sockets). Once with the client's main thread waiting, once with a cell that computes, which holds
the interpreter 5 ms at a time.

    python -m benchmarks.interruption --times 200
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
#: Deltas of an answer: ten seconds, of which little is heard.
DELTAS = 100
SOUND = base64.b64encode(bytes(range(256)) * 18 + bytes(192)).decode()


# The server.


async def serve() -> None:
    """Answer, interrupt, and print how long each truncation took, in ms."""
    from websockets.asyncio.server import ServerConnection
    from websockets.asyncio.server import serve as listen

    async def talk(ws: ServerConnection) -> None:
        count = 0

        async def send(type: str, **fields: Any) -> None:
            nonlocal count
            count += 1
            await ws.send(json.dumps({"type": type, "event_id": f"event_{count}", **fields}))

        session = {"type": "realtime", "id": "sess_1", "object": "realtime.session", "model": "m"}
        await send("session.created", session=session)
        answers = 0
        async for text in ws:
            kind = json.loads(text)["type"]
            if kind == "session.update":
                await send("session.updated", session=session)
            elif kind == "response.create":
                answers += 1
                await answer(send, answers)
            elif kind == "input_audio_buffer.clear":  # the client has heard some of it
                begun = time.perf_counter()
                await send("input_audio_buffer.speech_started", audio_start_ms=0, item_id="u")
            elif kind == "conversation.item.truncate":
                print((time.perf_counter() - begun) * 1000, flush=True)
                cut = json.loads(text)
                places = {name: cut[name] for name in ("item_id", "content_index", "audio_end_ms")}
                await send("conversation.item.truncated", **places)
                details = {"type": "cancelled", "reason": "turn_detected"}
                done = response(answers, status="cancelled", status_details=details)
                await send("response.done", response=done)

    async with listen(talk, "127.0.0.1", 0, compression=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def response(number: int, **fields: Any) -> dict[str, Any]:
    blank = {"object": "realtime.response", "output": [], "usage": None, "metadata": None}
    return {"id": f"resp_{number}", "conversation_id": "conv_1", **blank, **fields}


async def answer(send: Any, number: int) -> None:
    """Everything of a spoken answer up to the moment when the user speaks."""
    item = {"id": f"item_{number}", "type": "message", "role": "assistant", "content": []}
    place = {"response_id": f"resp_{number}", "item_id": item["id"], "output_index": 0}
    await send("response.created", response=response(number, status="in_progress"))
    await send(
        "response.output_item.added", response_id=f"resp_{number}", output_index=0, item=item
    )
    await send("conversation.item.added", previous_item_id=None, item=item)
    for _ in range(DELTAS):
        await send("response.output_audio.delta", **place, content_index=0, delta=SOUND)


# The client.


@contextlib.contextmanager
def computing() -> Iterator[None]:
    """A thread that computes, as a cell does that holds the interpreter."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            sum(range(1000))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def measure(times: int, *, busy: bool) -> tuple[list[float], list[float]]:
    """Milliseconds by the client's log and by the server's clock."""
    import rtwidgets as rt

    command = [sys.executable, "-m", "benchmarks.interruption", "--serve"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None and server.stdout is not None
        port = server.stdout.readline().strip()
        with rt.connect(f"ws://127.0.0.1:{port}/v1/realtime", quiet=True) as session:
            with computing() if busy else contextlib.nullcontext():
                for _ in range(times):
                    turn = session.respond()
                    while not turn.heard.audio.duration_s:
                        time.sleep(0.01)
                    session.clear_audio()
                    assert turn.wait(30).status == "cancelled"
                    assert 0 < turn.heard.audio.duration_s < DELTAS / 10
            kinds = ("input_audio_buffer.speech_started", "conversation.item.truncate")
            found = [e for e in session.events_log if e.type in kinds]
        assert [e.type for e in found] == [*kinds] * times, "each was cut once"
        inside = [b.at_ms - a.at_ms for a, b in zip(found[::2], found[1::2], strict=True)]
        around = [float(server.stdout.readline()) for _ in range(times)]
        server.stdin.close()
    return inside, around


def share(values: list[float], percent: float) -> float:
    """The value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def main(argv: list[str] | None = None) -> int:
    """Measure, and print a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.interruption")
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.serve:
        asyncio.run(serve())
        return 0
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {args.times} interruptions each,"
    )
    print("in ms:\n")
    print("| speech_started → conversation.item.truncate | p50 | p95 | p99 |")
    print("|---|---|---|---|")
    for busy, where in ((False, "the main thread waits"), (True, "a cell computes")):
        inside, around = measure(args.times, busy=busy)
        for values, clock in ((inside, "in the client"), (around, "seen by the server")):
            cells = " | ".join(f"{share(values, percent):.2f}" for percent in (50, 95, 99))
            print(f"| {clock}, {where} | {cells} |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
