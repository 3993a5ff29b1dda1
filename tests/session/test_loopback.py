"""The door on loopback: one link, one page; whoever comes in another way is turned away."""

from __future__ import annotations

import asyncio
import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from rtwidgets.session.loopback import LINK_S, File, Loopback, Peer

pytestmark = pytest.mark.server

PAGE = File("text/html; charset=utf-8", b"<!doctype html><p>page</p>")
SCRIPT = File("text/javascript", b"export {};")


class Door(Loopback):
    """With a clock that is moved by hand, and a note of who came and went."""

    def __init__(self) -> None:
        self.now = 0.0
        self.peers: list[Peer] = []
        self.heard: list[tuple[dict[str, Any], list[bytes]]] = []
        self.gone = 0
        super().__init__(PAGE, {"/a.js": SCRIPT}, self._welcome, clock=lambda: self.now)

    def _welcome(self, peer: Peer) -> Callable[[], None]:
        self.peers.append(peer)
        peer.take = lambda message, buffers: self.heard.append((message, buffers))
        peer.send({"method": "open"}, [b"\x01\x02", b""])

        def gone() -> None:
            self.gone += 1

        return gone


@pytest.fixture
def door() -> Iterator[Door]:
    one = Door()
    yield one
    one.close()


def get(url: str, **headers: str) -> tuple[int, Any, str]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def cookie_of(headers: Any) -> str:
    return str(headers["Set-Cookie"]).partition(";")[0]


def enter(door: Door) -> str:
    """Open the page as a person does; returns the cookie."""
    status, headers, _ = get(door.link())
    assert status == 200
    return cookie_of(headers)


async def dial(door: Door, cookie: str = "", origin: str | None = None) -> ClientConnection:
    return await connect(
        f"ws://127.0.0.1:{door.port}/socket",
        origin=door.origin if origin is None else origin,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookie} if cookie else {},
    )


def test_a_link_opens_the_page_once(door: Door) -> None:
    link = door.link()
    assert link.startswith(f"http://127.0.0.1:{door.port}/")
    status, headers, text = get(link)
    assert (status, text) == (200, PAGE.body.decode())
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "HttpOnly" in headers["Set-Cookie"]
    status, headers, text = get(link)
    assert status == 403
    assert "session.capture_page()" in text
    assert headers["Set-Cookie"] is None
    # The same person may reload it.
    assert get(link, Cookie=enter(door))[0] == 200


def test_links_are_all_different_and_age(door: Door) -> None:
    assert len({door.link() for _ in range(50)}) == 50
    link = door.link()
    door.now = LINK_S + 1
    assert get(link)[0] == 403


@pytest.mark.parametrize("path", ["", "x", "..%2f..%2fetc%2fpasswd", "a.js/..", "a.py"])
def test_there_is_nothing_else(door: Door, path: str) -> None:
    assert get(f"{door.origin}/{path}")[0] == 403


def test_files_are_served_as_what_they_are(door: Door) -> None:
    status, headers, text = get(f"{door.origin}/a.js")
    assert (status, headers["Content-Type"], text) == (200, "text/javascript", "export {};")


def test_another_name_for_this_address_is_turned_away(door: Door) -> None:
    link = door.link()
    for host in ("evil.example", f"evil.example:{door.port}", "127.0.0.1.evil.example", "10.0.0.5"):
        assert get(link, Host=host)[0] == 421
    assert get(link)[0] == 200


@pytest.mark.parametrize("host", ["localhost:9999", "127.0.0.1:9999", "[::1]:9999"])
def test_the_port_may_be_forwarded(door: Door, host: str) -> None:
    status, headers, _ = get(door.link(), Host=host)
    assert status == 200
    assert f"ws://{host} " in headers["Content-Security-Policy"]


def test_the_socket_is_for_those_who_opened_the_page(door: Door) -> None:
    async def refused(cookie: str, origin: str | None = None) -> int:
        with pytest.raises(InvalidStatus) as caught:
            await dial(door, cookie, origin)
        return caught.value.response.status_code

    cookie = enter(door)
    name = cookie.partition("=")[0]
    assert asyncio.run(refused("")) == 403
    assert asyncio.run(refused(f"{name}=guess")) == 403
    assert asyncio.run(refused(f"other={cookie.partition('=')[2]}")) == 403
    assert asyncio.run(refused(cookie, "http://evil.example")) == 403
    assert asyncio.run(refused(cookie, "null")) == 403
    assert door.peers == []


def test_messages_travel_with_their_buffers_both_ways(door: Door) -> None:
    async def talk(cookie: str) -> None:
        async with await dial(door, cookie) as socket:
            assert json.loads(await socket.recv()) == {"method": "open", "buffers": 2}
            assert [await socket.recv(), await socket.recv()] == [b"\x01\x02", b""]
            await socket.send(json.dumps({"panel": "p", "content": {"n": 1}, "buffers": 1}))
            await socket.send(b"sound")
            await socket.send(json.dumps({"panel": "p", "content": {"n": 2}, "buffers": 0}))
            await until(lambda: len(door.heard) == 2)
        await until(lambda: door.gone == 1)

    asyncio.run(talk(enter(door)))
    assert door.heard == [
        ({"panel": "p", "content": {"n": 1}}, [b"sound"]),
        ({"panel": "p", "content": {"n": 2}}, []),
    ]


@pytest.mark.parametrize("frame", ["no json", "[]", "{}", '{"buffers": "x"}', b"bytes"])
def test_what_is_no_message_ends_the_connection_and_nothing_else(
    door: Door, frame: str | bytes
) -> None:
    async def talk(cookie: str) -> None:
        async with await dial(door, cookie) as socket:
            await socket.send(frame)
            await drain(socket)
        async with await dial(door, cookie) as again:
            await again.recv()

    asyncio.run(talk(enter(door)))
    assert door.heard == []


def test_a_closed_door_lets_everybody_go(door: Door) -> None:
    async def talk(cookie: str) -> None:
        async with await dial(door, cookie) as socket:
            await socket.recv()
            door.close()
            await drain(socket)

    asyncio.run(talk(enter(door)))
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{door.origin}/a.js", timeout=5)


async def drain(socket: ClientConnection) -> None:
    """Read until the other side ends it."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await asyncio.wait_for(socket.recv(), 10)


async def until(true: Callable[[], bool]) -> None:
    """The loop thread says nothing when it has done something: look."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")
