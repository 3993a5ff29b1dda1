"""``Packed``: a few bytes of a panel's state that reach every page.

Bytes of the state travel as binary buffers beside it, and some front ends drop those (Colab's
manager does). Messages find out by a handshake; the state cannot wait for one, for it is there
before a page is. What is packed is small, so it is base64 everywhere: a third longer, and the
same in every front end and in a saved notebook.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from traitlets import Bytes

__all__ = ["Packed"]


class Packed(Bytes):
    """Bytes here, base64 in the page (``unpacked`` in ``js/src/transport.ts``)."""

    def __init__(self, default: bytes = b"", *, help: str) -> None:
        super().__init__(default, help=help)
        self.tag(sync=True, to_json=_to_text, from_json=_from_text)


def _to_text(value: bytes, _panel: Any) -> str:
    return b64encode(value).decode("ascii")


def _from_text(value: str, _panel: Any) -> bytes:
    return b64decode(value)
