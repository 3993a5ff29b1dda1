"""What can be shown instead of said, and what a server gets of it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtwidgets as rt
from rtwidgets.protocol.items import InputImage, InputText, Message
from rtwidgets.session.turns.pictures import as_pictures
from tests.session.scripted import Script

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
JPEG = b"\xff\xd8\xff\xe0 and so on"
URI = "data:image/png;base64," + base64.b64encode(PNG).decode()


def url(image: Any) -> str:
    (picture,) = as_pictures(image)
    return picture.image_url


class Drawing:
    """Like an image of Pillow: modes, ``convert`` and ``save``."""

    def __init__(self, mode: str = "RGB") -> None:
        self.mode = mode

    def convert(self, mode: str) -> Drawing:
        return Drawing(mode)

    def save(self, file: Any, format: str) -> None:
        assert format == "PNG" and self.mode == "RGB"
        file.write(PNG)


class Figure:
    def savefig(self, file: Any, format: str) -> None:
        file.write(PNG)


class Shown:
    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        return PNG, {}


@pytest.mark.parametrize(
    "image",
    [PNG, bytearray(PNG), memoryview(PNG), URI, Drawing(), Drawing("CMYK"), Figure(), Shown()],
    ids=lambda image: type(image).__name__,
)
def test_what_is_a_picture(image: Any) -> None:
    assert url(image) == URI


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a picture.jpg"
    path.write_bytes(JPEG)
    assert url(path) == url(str(path)) == url(JPEG)
    assert url(path).startswith("data:image/jpeg;base64,")


def test_several_and_none() -> None:
    assert as_pictures(None) == ()
    assert as_pictures([PNG, URI]) == (InputImage(image_url=URI),) * 2


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (b"GIF89a", "6 bytes: neither PNG nor JPEG"),
        ("no such file.png", "no picture in no such file.png: No such file"),
        ("https://example.com/a.png", "is an address"),
        ("data:image/gif;base64,AAAA", "is no PNG or JPEG in base64"),
        (3, "a int is no picture: give a path"),
        (np.zeros((2, 2)), "a ndarray is no picture"),
    ],
)
def test_what_is_none(image: Any, message: str) -> None:
    with pytest.raises(rt.LocalProtocolError, match=message):
        as_pictures(image)


@pytest.mark.server
class TestShowing:
    def test_with_words(self, session: rt.Session) -> None:
        turn = session.say("What is this?", image=PNG)
        assert turn.said == "'What is this?' and a picture"
        turn.wait(5)
        item = session.conversation.items[0]
        assert isinstance(item, Message) and turn.transcript == "What is this?"
        assert item.content == (InputText(text="What is this?"), InputImage(image_url=URI))

    def test_alone(self, session: rt.Session, script: Script) -> None:
        turn = session.say(image=[PNG, JPEG]).wait(5)
        assert turn.said == "2 pictures" and turn.transcript == ""
        sent = next(e for e in script.events if e["type"] == "conversation.item.create")
        assert [part["type"] for part in sent["item"]["content"]] == ["input_image"] * 2

    def test_before_a_sound(self, session: rt.Session, script: Script) -> None:
        session.update(turn_detection=None)
        turn = session.say(np.ones(12000, np.int16), image=PNG).wait(5)
        assert turn.said == "0.5 s of sound and a picture" and turn.transcript == "typed words"
        assert script.types()[2:] == [
            "conversation.item.create",
            "input_audio_buffer.commit",
            "response.create",
        ]

    def test_nothing_at_all(self, session: rt.Session) -> None:
        with pytest.raises(rt.LocalProtocolError, match="nothing to say"):
            session.say()

    def test_the_beta_dialect_has_none(self) -> None:
        server = rt.serve("simulated")
        with server, rt.connect(server.url, dialect="beta", quiet=True) as session:
            with pytest.raises(rt.LocalProtocolError, match="beta dialect has no pictures"):
                session.say("What is this?", image=PNG)
            assert session.say("add 1 and 2").wait(20).text == "1 plus 2 is 3."

    def test_a_server_with_a_model_that_cannot_see(self) -> None:
        with rt.serve("simulated") as server, rt.connect(server.url, quiet=True) as session:
            assert "cannot see" in session.say("What is this?", image=PNG).wait(20).text
