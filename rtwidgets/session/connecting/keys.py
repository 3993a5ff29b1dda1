"""Where a key comes from: the environment, a keyring if one is installed, and the person.

``Keys`` reads like ``os.environ`` and looks further where that has no such name. A key that is
typed is neither shown nor kept; a keyring keeps it: ``keyring set rtwidgets OPENAI_API_KEY``.
Nothing here is asked for where ``api_key=`` was given.
"""

from __future__ import annotations

import getpass
import os
import queue
import sys
import threading
from collections.abc import Iterator, Mapping

from ..logs import logger
from .secrets import remember

__all__ = ["SERVICE", "Keys", "ask"]

#: What our keys are filed under in a keyring.
SERVICE = "rtwidgets"
#: A keyring may be locked, and ask in a window that nobody sees, in s.
KEYRING_S = 10.0


class Keys(Mapping[str, str]):
    """The environment first, then the keyring."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._stored: dict[str, str | None] = {}

    def __getitem__(self, name: str) -> str:
        found = self._environ.get(name)
        if not found:
            if name not in self._stored:
                self._stored[name] = _from_keyring(name)
            found = self._stored[name]
        if not found:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)


def ask(name: str) -> str | None:
    """Let a person type the key, in a notebook; None where nobody can be asked.

    A script is never stopped for it: there the answer is an error that says what to set.
    """
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if getattr(shell, "kernel", None) is None:
        return None
    try:
        typed = getpass.getpass(f"{name}: ").strip()
    except Exception:  # noqa: BLE001  (a notebook that is executed by a program has no input)
        return None
    remember(typed)
    return typed or None


def _from_keyring(name: str) -> str | None:
    """In a thread, because a keyring that waits for its user must not hold up a cell."""
    try:
        import keyring
    except ImportError:
        return None
    answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def look() -> None:
        try:
            answers.put(keyring.get_password(SERVICE, name))
        except Exception as error:  # noqa: BLE001  (any backend, any trouble)
            logger.debug("the keyring has no answer: %s", type(error).__name__)
            answers.put(None)

    threading.Thread(target=look, name="rtwidgets-keyring", daemon=True).start()
    try:
        found = answers.get(timeout=KEYRING_S)
    except queue.Empty:
        logger.warning("the keyring did not answer within %g s", KEYRING_S)
        return None
    remember(found)
    return found
