"""Events that a client takes in per second of its processor time, beside two SDKs.

A scripted server in a process of its own sends one response of many deltas over loopback, as
fast as the client reads. Each client runs in a process of its own, in turns, takes in a short
answer first, and then measures its own processor time from the next request to its
``response.done``. rtwidgets does all of its work:
typed events, the conversation's state, a turn that collects words and sound, a subscriber.
The connection of the openai SDK is read as its documentation shows, openai-agents runs its
session and hands on its events; sound is decoded from base64 in all. The peers' versions are
pinned (``benchmarks/requirements.txt``). A delta of text is a word; one of sound is 100 ms of
PCM, 4800 bytes, which servers send in pieces of 50 to 400 ms.

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

#: Deltas of the answer that is not measured.
WARM_UP = 50
ROOT = Path(__file__).parent.parent
CLIENTS = ("rtwidgets", "openai", "agents", "websockets")
TITLES = {
    "rtwidgets": "rtwidgets",
    "openai": "openai SDK",
    "agents": "openai-agents",
    "websockets": "bare websockets + json",
}
KINDS = ("text", "audio")
#: 100 ms of PCM16.
SOUND = base64.b64encode(bytes(4800)).decode()
#: Every event of a server has a number of its own, as long as this.
EVENT_ID = "event_E6U0upa15CBe{}{:07}"


def frames(kind: str, deltas: int, number: int = 1) -> list[str]:
    """The server's text: one response whose answer comes in ``deltas`` pieces."""
    response_id, item_id = f"resp_{number}", f"item_{number}"
    place = {"response_id": response_id, "item_id": item_id, "output_index": 0}
    place["content_index"] = 0
    response = {
        "id": response_id,
        "object": "realtime.response",
        "status": "in_progress",
        "status_details": None,
        "output": [],
        "conversation_id": "conv_1",
        "output_modalities": [kind],
        "usage": None,
        "metadata": None,
    }
    item = {"id": item_id, "type": "message", "role": "assistant", "status": "in_progress"}
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
            "response_id": response_id,
            "output_index": 0,
            "item": item,
        },
        {"type": "conversation.item.added", "previous_item_id": None, "item": item},
        *({"type": delta["type"], **place, "delta": delta["delta"]} for _ in range(deltas)),
        {"type": "response.done", "response": done},
    ]
    numbered = enumerate(events)
    # As OpenAI writes them: the type first, the number after it, no blanks.
    return [
        json.dumps(
            {"type": event.pop("type"), "event_id": EVENT_ID.format(number, n), **event},
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
    short, whole = frames(kind, WARM_UP, 0), frames(kind, deltas)

    async def talk(ws: ServerConnection) -> None:
        answers = [whole, short]
        await ws.send(json.dumps({"type": "session.created", "event_id": "e", "session": session}))
        async for text in ws:
            if '"session.update"' in str(text):
                update = {"type": "session.updated", "event_id": "e", "session": session}
                await ws.send(json.dumps(update))
            elif '"response.create"' in str(text):
                for frame in answers.pop():
                    await ws.send(frame)

    async with listen(talk, "127.0.0.1", 0, compression=None, max_size=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


# The clients: each gives processor seconds for the whole answer.


def use_rtwidgets(port: int) -> float:
    import rtwidgets as rt

    session = rt.connect(f"ws://127.0.0.1:{port}/v1/realtime", quiet=True)
    kinds: list[str] = []
    session.subscribe(lambda event, conversation: kinds.append(type(event).__name__))
    ended: list[float] = []
    session.on("response.done", lambda event: ended.append(time.process_time()))
    session.respond().wait(60)
    kinds.clear()
    begun = time.process_time()
    turn = session.respond().wait(120)
    # Nothing was left out, or the figure would be one of something else.
    pieces = turn.text.count(" transformer") + turn.audio.samples.size // 2400
    assert pieces == sum(kind.endswith("Delta") for kind in kinds) > 0
    session.close()
    return ended[1] - begun


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
            for _ in range(2):
                begun = time.process_time()
                await connection.response.create()
                async for event in connection:
                    if event.type == "response.output_audio.delta":
                        base64.b64decode(event.delta)
                    elif event.type == "response.done":
                        break
        return time.process_time() - begun

    return asyncio.run(main())


def use_agents(port: int) -> float:
    from agents.realtime import RealtimeAgent, RealtimeRunner
    from agents.realtime.model_inputs import RealtimeModelSendRawMessage

    async def main() -> float:
        where: Any = {
            "url": f"ws://127.0.0.1:{port}/v1/realtime",
            "api_key": "none",
            "initial_model_settings": {"model_name": "m", "tracing": None},
        }
        ask = RealtimeModelSendRawMessage({"type": "response.create", "other_data": {}})
        runner = RealtimeRunner(RealtimeAgent(name="peer", instructions="Answer."))
        begun = 0.0
        async with await runner.run(model_config=where) as session:
            for _ in range(2):
                begun = time.process_time()
                await session.model.send_event(ask)
                async for event in session:
                    if event.type != "raw_model_event" or event.data.type != "raw_server_event":
                        continue
                    if event.data.data["type"] == "response.done":
                        break
        return time.process_time() - begun

    return asyncio.run(main())


def use_websockets(port: int) -> float:
    from websockets.asyncio.client import connect

    async def main() -> float:
        begun = 0.0
        url = f"ws://127.0.0.1:{port}/v1/realtime"
        async with connect(url, compression=None, max_size=None, proxy=None) as ws:
            for _ in range(2):
                begun = time.process_time()
                await ws.send('{"type": "response.create"}')
                async for text in ws:
                    event = json.loads(text)
                    if event["type"] == "response.output_audio.delta":
                        base64.b64decode(event["delta"])
                    elif event["type"] == "response.done":
                        break
        return time.process_time() - begun

    return asyncio.run(main())


# The measurement.


def start(*arguments: str, python: str = sys.executable) -> subprocess.Popen[str]:
    """This module in a process of its own."""
    return subprocess.Popen(
        [python, "-m", "benchmarks.client_events", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def measure(kind: str, deltas: int, rounds: int, peers: str) -> dict[str, list[float]]:
    """Events per processor second of each client, one figure a round."""
    server = start("--serve", kind, "--deltas", str(deltas))
    assert server.stdin is not None and server.stdout is not None
    port = server.stdout.readline().strip()
    found: dict[str, list[float]] = {name: [] for name in CLIENTS}
    try:
        for _ in range(rounds):
            for name in CLIENTS:
                python = peers if name in ("openai", "agents") else sys.executable
                client = start("--client", name, "--port", port, python=python)
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
        print(globals()[f"use_{args.client}"](args.port))
        return 0
    from .peers import peers_python, versions

    peers = peers_python()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {args.deltas} deltas,")
    print(f"median of {args.rounds} rounds (lowest to highest).")
    print(f"{versions()}\n")
    print("| thousands of events per processor second (µs each) | text | audio (100 ms each) |")
    print("|---|---|---|")
    results = {kind: measure(kind, args.deltas, args.rounds, peers) for kind in KINDS}
    middle = {(n, k): median(results[k][n]) for n in CLIENTS for k in KINDS}
    for name in CLIENTS:
        cells = []
        for kind in KINDS:
            most, least = max(results[kind][name]) / 1000, min(results[kind][name]) / 1000
            value = middle[name, kind]
            cells.append(f"{value / 1000:.1f} ({least:.1f} to {most:.1f}; {1e6 / value:.1f} µs)")
        print(f"| {TITLES[name]} | {' | '.join(cells)} |")
    for name in ("openai", "agents"):
        cells = [f"{middle['rtwidgets', kind] / middle[name, kind]:.1f}" for kind in KINDS]
        print(f"| rtwidgets : {TITLES[name]} | {' | '.join(cells)} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
