"""Events that a client takes in per second of its processor time, beside the openai SDK.

A scripted server in a process of its own sends one response of many deltas over loopback, as
fast as the client reads. Each client runs in a process of its own, in turns, and measures its
own processor time from the first delta to ``response.done``. rtwidgets does all of its work:
typed events, the conversation's state, a turn that collects words and sound, a subscriber.
The SDK's connection is read as its documentation shows; sound is decoded from base64 in all.

    python -m benchmarks.client_events --deltas 4000 --rounds 5
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

#: Events of an answer beside its deltas.
OTHERS = 4
ROOT = Path(__file__).parent.parent
CLIENTS = ("rtwidgets", "openai", "websockets")
KINDS = ("text", "audio")
#: 100 ms of PCM16.
SOUND = base64.b64encode(bytes(4800)).decode()
PLACE = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0}
#: Every event of a server has a number of its own, as long as this.
EVENT_ID = "event_E6U0upa15CBe{:08}"


def frames(kind: str, deltas: int) -> list[str]:
    """The server's text: one response whose answer comes in ``deltas`` pieces."""
    response = {
        "id": "resp_1",
        "object": "realtime.response",
        "status": "in_progress",
        "status_details": None,
        "output": [],
        "conversation_id": "conv_1",
        "output_modalities": [kind],
        "usage": None,
        "metadata": None,
    }
    item = {"id": "item_1", "type": "message", "role": "assistant", "status": "in_progress"}
    item["content"] = []  # type: ignore[assignment]
    if kind == "text":
        delta = {"type": "response.output_text.delta", "delta": " transformer"}
    else:
        delta = {"type": "response.output_audio.delta", "delta": SOUND}
    done = {**response, "status": "completed"}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": response},
        {
            "type": "response.output_item.added",
            "response_id": "resp_1",
            "output_index": 0,
            "item": item,
        },
        {"type": "conversation.item.added", "previous_item_id": None, "item": item},
        *({"type": delta["type"], **PLACE, "delta": delta["delta"]} for _ in range(deltas)),
        {"type": "response.done", "response": done},
    ]
    numbered = enumerate(events)
    # As OpenAI writes them: the type first, the number after it, no blanks.
    return [
        json.dumps(
            {"type": event.pop("type"), "event_id": EVENT_ID.format(n), **event},
            separators=(",", ":"),
        )
        for n, event in numbered
    ]


# The server.


async def serve(kind: str, deltas: int) -> None:
    """Answer every ``response.create`` with the whole response."""
    from websockets.asyncio.server import ServerConnection
    from websockets.asyncio.server import serve as listen

    session = {"type": "realtime", "id": "sess_1", "object": "realtime.session", "model": "m"}
    answer = frames(kind, deltas)

    async def talk(ws: ServerConnection) -> None:
        await ws.send(json.dumps({"type": "session.created", "event_id": "e", "session": session}))
        async for text in ws:
            if '"session.update"' in str(text):
                update = {"type": "session.updated", "event_id": "e", "session": session}
                await ws.send(json.dumps(update))
            elif '"response.create"' in str(text):
                for frame in answer:
                    await ws.send(frame)

    async with listen(talk, "127.0.0.1", 0, compression=None, max_size=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


# The clients: each gives processor seconds for the whole answer.


def use_rtwidgets(port: int) -> float:
    import rtwidgets as rt

    session = rt.connect(f"ws://127.0.0.1:{port}/v1/realtime", quiet=True)
    marks: list[float] = []
    seen: list[str] = []
    session.on("response.created", lambda event: marks.append(time.process_time()))
    session.on("response.done", lambda event: marks.append(time.process_time()))
    session.subscribe(lambda event, conversation: seen.append(""))
    turn = session.respond().wait(120)
    assert turn.status == "completed"
    # Nothing was left out, or the figure would be one of something else.
    pieces = turn.text.count(" transformer") + turn.audio.samples.size // 2400
    assert pieces == len(seen) - OTHERS, (pieces, len(seen))
    session.close()
    return marks[1] - marks[0]


def use_openai(port: int) -> float:
    from openai import AsyncOpenAI

    async def main() -> float:
        client = AsyncOpenAI(
            api_key="none",
            base_url=f"http://127.0.0.1:{port}/v1",
            websocket_base_url=f"ws://127.0.0.1:{port}/v1",
        )
        begun = 0.0
        async with client.realtime.connect(model="m") as connection:
            await connection.response.create()
            async for event in connection:
                if event.type == "response.created":
                    begun = time.process_time()
                elif event.type == "response.output_audio.delta":
                    base64.b64decode(event.delta)
                elif event.type == "response.done":
                    return time.process_time() - begun
        return 0.0

    return asyncio.run(main())


def use_websockets(port: int) -> float:
    from websockets.asyncio.client import connect

    async def main() -> float:
        begun = 0.0
        url = f"ws://127.0.0.1:{port}/v1/realtime"
        async with connect(url, compression=None, max_size=None, proxy=None) as ws:
            await ws.send('{"type": "response.create"}')
            async for text in ws:
                event = json.loads(text)
                if event["type"] == "response.created":
                    begun = time.process_time()
                elif event["type"] == "response.output_audio.delta":
                    base64.b64decode(event["delta"])
                elif event["type"] == "response.done":
                    return time.process_time() - begun
        return 0.0

    return asyncio.run(main())


# The measurement.


def start(*arguments: str) -> subprocess.Popen[str]:
    """This module in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.client_events", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def measure(kind: str, deltas: int, rounds: int) -> dict[str, list[float]]:
    """Events per processor second of each client, one figure a round."""
    server = start("--serve", kind, "--deltas", str(deltas))
    assert server.stdin is not None and server.stdout is not None
    port = server.stdout.readline().strip()
    found: dict[str, list[float]] = {name: [] for name in CLIENTS}
    try:
        for _ in range(rounds):
            for name in CLIENTS:
                client = start("--client", name, "--port", port)
                said, _ = client.communicate(timeout=300)
                found[name].append((deltas + 3) / float(said))
    finally:
        server.stdin.close()
        server.wait(10)
    return found


def main(argv: list[str] | None = None) -> int:
    """Measure, and print a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.client_events")
    parser.add_argument("--deltas", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--client", choices=CLIENTS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.serve:
        asyncio.run(serve(args.serve, args.deltas))
        return 0
    if args.client:
        use = {"rtwidgets": use_rtwidgets, "openai": use_openai, "websockets": use_websockets}
        print(use[args.client](args.port))
        return 0
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {args.deltas} deltas,")
    print(f"median of {args.rounds} rounds (lowest to highest), in thousands of events:\n")
    print("| events per processor second | text | audio (100 ms each) |")
    print("|---|---|---|")
    results = {kind: measure(kind, args.deltas, args.rounds) for kind in KINDS}
    titles = {"websockets": "bare websockets + json", "openai": "openai SDK"}
    for name in CLIENTS:
        cells = []
        for kind in KINDS:
            values = [value / 1000 for value in results[kind][name]]
            cells.append(f"{median(values):.1f} ({min(values):.1f} to {max(values):.1f})")
        print(f"| {titles.get(name, name)} | {' | '.join(cells)} |")
    ratios = [median(results[k]["rtwidgets"]) / median(results[k]["openai"]) for k in KINDS]
    print(f"| rtwidgets : openai SDK | {ratios[0]:.1f} | {ratios[1]:.1f} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
