"""The peers of the client's measurements: two SDKs for Python, pinned, in an environment of theirs.

Made once, below ``.run``, as the judges of the tests have theirs.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from tests.judges.environments import PythonJudge

__all__ = ["peers_python", "versions"]

HERE = Path(__file__).parent


class _Peers(PythonJudge):
    @property
    def folder(self) -> Path:
        return HERE.parent / ".run" / "peers"

    def _recipe(self) -> tuple[Path, ...]:
        return (HERE / "requirements.txt",)


_PEERS = _Peers("peers", "")


def peers_python() -> str:
    """The Python that has the peers."""
    _PEERS.make()
    return str(_PEERS._python())


def versions() -> str:
    """What is compared, in a line."""
    pinned = (HERE / "requirements.txt").read_text().replace("==", " ").split("\n")
    peers = ", ".join(line for line in pinned if line.startswith(("openai", "websockets")))
    ours = ", ".join(f"{name} {version(name)}" for name in ("rtwidgets", "msgspec", "websockets"))
    return f"{ours}; peers: {peers}"
