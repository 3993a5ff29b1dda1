"""A sound server that plays to nobody, for browsers that need one: PulseAudio in ``.run/pulse``.

It is unpacked there by ``.ci/firefox`` and serves one socket, so nothing else on the machine
knows of it.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

__all__ = ["Pulse", "unpacked"]

HOME = Path(__file__).parent.parent.parent / ".run" / "pulse"
START_S = 20


def unpacked() -> bool:
    """Whether it is there."""
    return (HOME / "usr/bin/pulseaudio").exists()


class Pulse:
    """The server; ``environment`` leads a program to it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "native"
        self.environment = {"PULSE_SERVER": f"unix:{path}"}
        libraries = [*HOME.glob("usr/lib/*-linux-gnu"), *HOME.glob("usr/lib/*/pulseaudio")]
        libraries += [*HOME.glob("usr/lib/pulse-*"), *HOME.glob("usr/lib/pulse-*/modules")]
        (modules,) = HOME.glob("usr/lib/pulse-*/modules")
        with (folder / "pulse.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    str(HOME / "usr/bin/pulseaudio"),
                    "-n",
                    "--exit-idle-time=-1",
                    "--use-pid-file=no",
                    f"--dl-search-path={modules}",
                    f"--load=module-native-protocol-unix socket={path} auth-anonymous=1",
                    "--load=module-null-sink",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ,
                    "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries)),
                    "HOME": str(folder),
                    "XDG_RUNTIME_DIR": str(folder),
                },
            )
        deadline = time.monotonic() + START_S
        while not path.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                text = (folder / "pulse.log").read_text()
                raise RuntimeError(f"PulseAudio did not start:\n{text[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)
