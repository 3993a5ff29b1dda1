"""``FrameConnection``: messages come whole and in order, however the network cuts them.

The other end writes bytes, so that every byte is the test's.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import ssl
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from rtwidgets.session.connecting import frames
from rtwidgets.session.connecting.frames import BUFFER_BYTES, FrameConnection

pytestmark = pytest.mark.server

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG, LAST = 1, 2, 8, 9, 10, 128
#: How long anything may take that happens at once.
LIMIT_S = 20
BYE = struct.pack("!BBH", LAST | CLOSE, 2, 1000)

Writer = asyncio.StreamWriter


def frame(data: bytes, first: int = LAST | TEXT) -> bytes:
    """One frame of a server."""
    size = len(data)
    if size < 126:
        return struct.pack("!BB", first, size) + data
    if size < 65536:
        return struct.pack("!BBH", first, 126, size) + data
    return struct.pack("!BBQ", first, 127, size) + data


async def talk(pieces: list[bytes], *, answer: bytes = b"") -> tuple[list[bytes], ConnectionClosed]:
    """What comes of a server that writes ``pieces`` after its greeting, and how it ended.

    ``answer`` instead of the greeting; its first piece goes out together with that.
    """
    received: list[bytes] = []
    ended: asyncio.Future[ConnectionClosed] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: Writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write((answer or greeting(head)) + b"".join(pieces[:1]))
        for piece in pieces[1:]:
            await writer.drain()
            await asyncio.sleep(0)  # so that they are not one
            writer.write(piece)
        # Until the client says goodbye, or is gone.
        await reader.read(10)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        ws = await connect(
            f"ws://{host}:{port}/",
            compression=None,
            max_size=frames.MAX_MESSAGE_BYTES,
            proxy=None,
            create_connection=FrameConnection,
            open_timeout=LIMIT_S,
            close_timeout=LIMIT_S,
        )
        assert isinstance(ws, FrameConnection)
        ws.deliver_to(received.append)
        try:
            await asyncio.wait_for(ws.recv(), LIMIT_S)
        except ConnectionClosed as closed:
            ended.set_result(closed)
        return received, ended.result()
    finally:
        server.close()


def greeting(head: bytes) -> bytes:
    key = next(
        line.partition(b":")[2].strip()
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"sec-websocket-key:")
    )
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def run(pieces: list[bytes]) -> tuple[list[bytes], int | None, int | None]:
    """Messages, the code that the server said, and the one that was said to it."""
    received, closed = asyncio.run(talk(pieces))
    rcvd, sent = closed.rcvd, closed.sent
    return received, rcvd and rcvd.code, sent and sent.code


SIZES = (0, 1, 125, 126, 127, 65535, 65536, BUFFER_BYTES - 5, BUFFER_BYTES, 3 * BUFFER_BYTES + 7)


def test_messages_of_every_size_in_one_piece() -> None:
    messages = [bytes([n]) * size for n, size in enumerate(SIZES)]
    wire = b"".join(map(frame, messages)) + BYE
    assert run([wire]) == (messages, 1000, 1000)
    assert run([b"", wire]) == (messages, 1000, 1000)


@settings(max_examples=40)
@given(
    st.lists(st.binary(max_size=300), max_size=12),
    st.lists(st.integers(0, 3000), max_size=20),
    st.sampled_from([LAST | TEXT, LAST | BINARY]),
)
def test_the_network_may_cut_anywhere(messages: list[bytes], cuts: list[int], first: int) -> None:
    wire = b"".join(frame(message, first) for message in messages) + BYE
    places = sorted({0, len(wire), *(cut % (len(wire) + 1) for cut in cuts)})
    pieces = [wire[a:b] for a, b in itertools.pairwise(places)]
    assert run(pieces) == (messages, 1000, 1000)


def test_every_byte_alone() -> None:
    wire = frame(b"one") + frame(b"t" * 200) + frame(b"") + BYE
    assert run([b"", *(wire[i : i + 1] for i in range(len(wire)))]) == (
        [b"one", b"t" * 200, b""],
        1000,
        1000,
    )


def test_a_message_in_pieces_with_a_ping_in_between() -> None:
    wire = [
        frame(b"before"),
        frame(b"to", TEXT) + frame(b"ping", LAST | PING) + frame(b"get", 0) + frame(b"her", LAST),
        frame(b"", BINARY) + frame(b"", LAST) + frame(b"after") + BYE,
    ]
    whole = [b"before", b"together", b"", b"after"]
    assert run(wire) == (whole, 1000, 1000)
    assert run([b"".join(wire)]) == (whole, 1000, 1000)


MASKED = struct.pack("!BB", LAST | TEXT, 128 | 2) + bytes(4) + b"hi"


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        pytest.param(frame(b"x", 0), 1002, id="the middle of nothing"),
        pytest.param(frame(b"x", LAST), 1002, id="the end of nothing"),
        pytest.param(frame(b"a", TEXT) + frame(b"b"), 1002, id="a message within a message"),
        pytest.param(frame(b"a", TEXT) + frame(b"b", TEXT), 1002, id="two beginnings"),
        pytest.param(frame(b"x", LAST | 64 | TEXT), 1002, id="compressed"),
        pytest.param(frame(b"x", LAST | 3), 1002, id="no such frame"),
        pytest.param(frame(b"x", LAST | 11), 1002, id="no such control frame"),
        pytest.param(frame(b"x", PING), 1002, id="a ping in pieces"),
        pytest.param(frame(b"x" * 126, LAST | PING), 1002, id="a long ping"),
        pytest.param(MASKED, 1002, id="masked"),
        pytest.param(
            struct.pack("!BBQ", LAST | TEXT, 127, frames.MAX_MESSAGE_BYTES + 1), 1009, id="too long"
        ),
        pytest.param(
            frame(b"a", TEXT) + struct.pack("!BBQ", 0, 127, frames.MAX_MESSAGE_BYTES + 1),
            1009,
            id="a piece that is too long",
        ),
    ],
)
def test_what_breaks_the_rules_ends_it_with_the_right_code(wire: bytes, code: int) -> None:
    received, _, sent = run([b"", frame(b"good") + wire + frame(b"never seen")])
    assert received == [b"good"] and sent == code


def test_pieces_that_are_too_much_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_MESSAGE_BYTES", 1000)
    good = frame(b"x" * 600, TEXT) + frame(b"y" * 400, LAST)
    received, _, sent = run([good + frame(b"x" * 600, TEXT) + frame(b"y" * 401, 0)])
    assert received == [b"x" * 600 + b"y" * 400] and sent == 1009


def test_a_stream_that_ends_in_the_middle_of_a_message() -> None:
    async def serve(reader: asyncio.StreamReader, writer: Writer) -> None:
        writer.write(greeting(await reader.readuntil(b"\r\n\r\n")))
        writer.write(frame(b"whole") + frame(b"half of it")[:5])
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        received: list[bytes] = []
        url = f"ws://127.0.0.1:{port}/"
        ws = await connect(url, proxy=None, create_connection=FrameConnection)
        assert isinstance(ws, FrameConnection)
        ws.deliver_to(received.append)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(ws.recv(), LIMIT_S)
        assert received == [b"whole"] and closed.value.rcvd is None
        server.close()

    asyncio.run(main())


def test_a_refusal_has_its_body() -> None:
    body = b"no, " * 100
    head = b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n" % len(body)
    for pieces in ([body], [b"", body[:7], body[7:]]):
        with pytest.raises(InvalidStatus) as refused:
            asyncio.run(talk(pieces, answer=head))
        assert refused.value.response.body == body


def test_the_buffer_grows_for_a_long_message_and_shrinks_again() -> None:
    sizes: list[int] = []

    class Watched(FrameConnection):
        def buffer_updated(self, nbytes: int) -> None:
            super().buffer_updated(nbytes)
            sizes.append(len(self._buffer))

    long = bytes(20 * BUFFER_BYTES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "FrameConnection", Watched)
        assert run([frame(long) + frame(b"short") + BYE]) == ([long, b"short"], 1000, 1000)
    assert max(sizes) == len(frame(long)) and sizes[-1] == BUFFER_BYTES


def test_the_same_over_tls(tmp_path: Path) -> None:
    chain = tmp_path / "chain.pem"
    chain.write_text(CHAIN)
    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    ours.load_cert_chain(chain)
    theirs.load_verify_locations(chain)
    messages = [bytes([n]) * size for n, size in enumerate(SIZES)]

    async def serve(reader: asyncio.StreamReader, writer: Writer) -> None:
        writer.write(greeting(await reader.readuntil(b"\r\n\r\n")) + frame(messages[0]))
        writer.write(b"".join(map(frame, messages[1:])) + BYE)
        await reader.read(10)
        writer.close()

    async def main() -> list[bytes]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=ours)
        port = server.sockets[0].getsockname()[1]
        received: list[bytes] = []
        url = f"wss://127.0.0.1:{port}/"
        ws = await connect(url, ssl=theirs, proxy=None, create_connection=FrameConnection)
        assert isinstance(ws, FrameConnection)
        ws.deliver_to(received.append)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(ws.recv(), LIMIT_S)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1000
        server.close()
        return received

    assert asyncio.run(main()) == messages


#: Made for this test alone, for 127.0.0.1; it opens nothing.
CHAIN = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggPRgzKQAYfAxCt9V
FJxsN7kMAvYLBV/0xOeFIFHY7pShRANCAAQfRtXns8EQ6Lo8skUbFBUajOmUr1Cz
J0FVum6EZxTiNzcbsw1HuNRXJ6OtDzDbw9z4VZQyQvX3uXqbNkd45trc
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBkTCCATagAwIBAgIUNGNaQS8RPUXtikOJiLRxWcSo71owCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyNzA5NDkwNloYDzIxMjYxMTAz
MDk0OTA2WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQfRtXns8EQ6Lo8skUbFBUajOmUr1CzJ0FVum6EZxTiNzcbsw1HuNRX
J6OtDzDbw9z4VZQyQvX3uXqbNkd45trco2QwYjAdBgNVHQ4EFgQUU7D2atbtL4Tp
dklZWrj6Krg109AwHwYDVR0jBBgwFoAUU7D2atbtL4TpdklZWrj6Krg109AwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYC
IQD9UacOZc4VBekkNXAW2qcxRcIrUAWi02O0jcWj0QFbrgIhAJa2vT4rGLlhBUV9
A6PrYVPSO6TIZ+VMsyanYbw23hY3
-----END CERTIFICATE-----
"""
