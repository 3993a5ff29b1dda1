"""Pictures that are shown instead of said: what is taken for one, as a data URI.

A Realtime server takes PNG and JPEG inside the event itself (reference, section 3.7), so an
address on the web is refused here, and a file of another format as well.
"""

from __future__ import annotations

import base64
import io
import os
import re
from pathlib import Path
from typing import Any

from ...errors import LocalProtocolError
from ...protocol.items import InputImage

__all__ = ["as_pictures"]

_KINDS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}
_URI = re.compile(r"data:image/(png|jpe?g);base64,", re.IGNORECASE)
#: Modes of Pillow that a PNG can hold; another is converted.
_PNG_MODES = ("1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA")


def as_pictures(image: object) -> tuple[InputImage, ...]:
    """What ``say(image=…)`` was given: one picture, or a list of them.

    A path, the bytes of a file, a data URI, a Pillow image, a figure of matplotlib, or
    anything that shows itself in a notebook as PNG. Raises ``LocalProtocolError``.
    """
    if image is None:
        return ()
    images = image if isinstance(image, (list, tuple)) else (image,)
    return tuple(InputImage(image_url=_data_uri(one)) for one in images)


def _data_uri(image: Any) -> str:
    if isinstance(image, str):
        if _URI.match(image):
            return image
        if image.startswith("data:"):
            raise LocalProtocolError(
                f"a data URI that begins with {image[:30]!r} is no PNG or JPEG in base64"
            )
        if re.match(r"https?://", image):
            raise LocalProtocolError(
                f"{image!r} is an address, and a server takes the picture itself: "
                "fetch it and give its bytes"
            )
    if isinstance(image, (str, os.PathLike)):
        path = Path(image).expanduser()
        try:
            return _encoded(path.read_bytes(), str(path))
        except OSError as error:
            raise LocalProtocolError(f"no picture in {path}: {error.strerror or error}") from None
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _encoded(bytes(image), f"{len(bytes(image))} bytes")
    return _encoded(_drawn(image), f"what a {type(image).__name__} draws")


def _encoded(data: bytes, name: str) -> str:
    for magic, kind in _KINDS.items():
        if data.startswith(magic):
            return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
    raise LocalProtocolError(f"{name}: neither PNG nor JPEG; convert it, or give a Pillow image")


def _drawn(image: Any) -> bytes:
    """An object that can write or show itself as PNG."""
    file = io.BytesIO()
    if hasattr(image, "savefig"):
        image.savefig(file, format="png")
    elif hasattr(image, "save") and hasattr(image, "mode"):
        if image.mode not in _PNG_MODES:
            image = image.convert("RGB")
        image.save(file, format="PNG")
    elif hasattr(image, "_repr_png_"):
        shown = image._repr_png_()
        file.write((shown[0] if isinstance(shown, tuple) else shown) or b"")
    else:
        raise LocalProtocolError(
            f"a {type(image).__name__} is no picture: give a path, the bytes of a PNG or JPEG, "
            "a data URI, a Pillow image or a figure"
        )
    return file.getvalue()
