"""The capture page as the kernel sees it: one more page that shows the session's panels."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

import rtwidgets as rt
from rtwidgets.errors import LocalProtocolError
from rtwidgets.session.session import Session
from tests.widgets.talk import Page

pytestmark = pytest.mark.server

KEY = "sk-planted-key-0123456789abcdef"


@pytest.fixture
def session() -> Iterator[Session]:
    with rt.connect(engine="simulated", quiet=True) as one:
        yield one


class Browser:
    """What ``js/src/pages`` does, in Python."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def read(self) -> tuple[dict[str, Any], list[bytes]]:
        message = json.loads(await self.socket.recv())
        buffers = [await self.socket.recv(decode=False) for _ in range(message.pop("buffers"))]
        return message, buffers

    async def until(self, panel: str, kind: str) -> tuple[dict[str, Any], list[bytes]]:
        while True:
            message, buffers = await self.read()
            content = message.get("content", {})
            if message.get("panel") == panel and content.get("kind") == kind:
                return content, buffers

    async def say(self, panel: str, kind: str, *buffers: bytes, **fields: Any) -> None:
        content = {"kind": kind, "page": "capture", **fields}
        message = {"panel": panel, "content": content, "buffers": len(buffers)}
        await self.socket.send(json.dumps(message))
        for buffer in buffers:
            await self.socket.send(buffer)


def enter(link: str) -> tuple[str, str, str]:
    with urllib.request.urlopen(link, timeout=10) as answer:
        cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
        return link.rpartition("/")[0], cookie, answer.read().decode()


def dial(origin: str, cookie: str) -> connect:
    return connect(
        f"ws{origin.removeprefix('http')}/socket",
        origin=origin,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookie},
    )


def test_a_session_without_a_microphone_panel_has_no_page(session: Session) -> None:
    with pytest.raises(LocalProtocolError, match=r"rt\.Microphone\(session\)"):
        session.capture_page()


def test_a_session_that_is_over_has_none(session: Session) -> None:
    mic = rt.Microphone(session)
    session.close()
    with pytest.raises(LocalProtocolError, match="over"):
        session.capture_page()
    mic.close()


def test_the_page_records_into_the_session(session: Session) -> None:
    mic, speaker = rt.Microphone(session), rt.Speaker(session)

    async def talk() -> None:
        origin, cookie, html = enter(session.capture_page())
        assert "capture.js" in html
        async with dial(origin, cookie) as socket:
            page = Browser(socket)
            opened, _ = await page.read()
            assert [(p["panel"], p["word"]) for p in opened["panels"]] == [
                (mic.panel_id, "microphone"),
                (speaker.panel_id, "speaker"),
            ]
            assert opened["panels"][0]["state"]["rate"] == 24000
            await page.say(mic.panel_id, "line", b"1234", n=0)
            answer, buffers = await page.until(mic.panel_id, "line")
            assert (answer["arrived"], len(buffers[0])) == (True, 4)
            await page.say(mic.panel_id, "hello")
            await page.say(mic.panel_id, "opened", device="A browser", device_rate=48000)
            for seq in range(10):
                fields = {"seq": seq, "sample": 960 * seq, "time": 0.04 * seq}
                await page.say(mic.panel_id, "audio", bytes(1920), **fields)
            ack, _ = await page.until(mic.panel_id, "ack")
            assert (ack["page"], ack["seq"], ack["lost"]) == ("capture", 9, 0)
        await over(mic)

    asyncio.run(talk())
    assert (mic.device, mic.frames_received) == ("A browser", 10)
    assert "closed or reloaded" in mic.notice


async def over(mic: rt.Microphone) -> None:
    """The page went without a word: the panel is told that it is gone."""
    for _ in range(1000):
        if not mic.recording:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it still records")


def test_no_key_is_in_the_page_or_in_what_it_is_sent(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    mic = rt.Microphone(session)
    text = asyncio.run(asyncio.wait_for(opened_text(session), 10))
    assert KEY not in text
    assert '"_esm"' not in text
    mic.close()


async def opened_text(session: Session) -> str:
    origin, cookie, html = enter(session.capture_page())
    async with dial(origin, cookie) as socket:
        return html + str(await socket.recv())


def test_the_page_goes_with_the_session(session: Session) -> None:
    rt.Microphone(session)
    link = session.capture_page()
    assert link != session.capture_page()
    session.close()
    with pytest.raises(OSError, match=r"refused|reset|closed"):
        urllib.request.urlopen(link, timeout=5)


def test_a_panel_tells_its_pages_the_address(session: Session) -> None:
    mic = rt.Microphone(session)
    page = Page(mic)
    ask(mic)
    (answer,) = wait_for(page, 1)
    assert answer["address"].startswith("http://127.0.0.1:")
    assert (answer["page"], answer["problem"]) == ("p1", "")
    session.close()
    ask(mic)
    assert wait_for(page, 2)[1]["problem"] != ""


def ask(mic: rt.Microphone) -> None:
    data = {"method": "custom", "content": {"kind": "capture", "page": "p1"}}
    mic._handle_msg({"content": {"data": data}, "buffers": []})


def wait_for(page: Page, count: int) -> list[dict[str, Any]]:
    async def look() -> list[dict[str, Any]]:
        for _ in range(1000):
            found = [m for m in page.messages if m["kind"] == "capture"]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.01)
        raise AssertionError("no answer came")

    return asyncio.run(look())
