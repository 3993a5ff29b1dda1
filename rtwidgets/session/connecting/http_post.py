"""One HTTP request beside the websocket, with the standard library, in a thread of its own.

It is asked once or twice in a session, so it needs no pool and no loop; whoever waits for the
thread waits in slices and may be interrupted. A redirection is an answer like any other: to
follow one would hand the key to somebody else.
"""

from __future__ import annotations

import concurrent.futures
import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

__all__ = ["Reply", "in_thread", "is_local", "post"]

#: No answer to us is longer, in bytes.
MAX_REPLY = 1 << 20

T = TypeVar("T")


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    body: bytes


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


def is_local(url: str) -> bool:
    """A server of this machine, which a proxy for the internet does not know."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


def post(url: str, headers: Mapping[str, str], body: bytes, timeout: float) -> Reply:
    """The answer, whatever its status; ``OSError`` where there is none. It blocks."""
    request = urllib.request.Request(url, body, dict(headers), method="POST")
    proxies = urllib.request.ProxyHandler({} if is_local(url) else None)
    opener = urllib.request.build_opener(_NoRedirect, proxies)
    try:
        with opener.open(request, timeout=timeout) as answer:
            return Reply(answer.status, answer.read(MAX_REPLY))
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Reply(refusal.code, refusal.read(MAX_REPLY))
    except urllib.error.URLError as error:
        reason = error.reason
    except http.client.HTTPException as error:
        raise ConnectionError(f"it does not answer like an HTTP server ({error!r})") from None
    raise reason if isinstance(reason, OSError) else OSError(str(reason))


def in_thread(fn: Callable[[], T]) -> concurrent.futures.Future[T]:
    """Run ``fn`` beside everything else; the end of the program does not wait for it."""
    future: concurrent.futures.Future[T] = concurrent.futures.Future()

    def work() -> None:
        try:
            future.set_result(fn())
        except BaseException as error:  # noqa: BLE001  (it is raised where it is waited for)
            future.set_exception(error)

    threading.Thread(target=work, name="rtwidgets-http", daemon=True).start()
    return future
