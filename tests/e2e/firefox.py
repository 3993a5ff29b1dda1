"""Firefox with a fake microphone, driven over WebDriver BiDi: as much as the tests need.

Playwright drives a Firefox of its own only, so this speaks to Debian's, over the browser's own
remote port: a session, a page, and JavaScript in it. The microphone is the browser's built-in
test tone; permission and autoplay are granted by preferences. Its sound goes to a sound server
of the test's own, because without any it never starts an audio context.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.e2e.pulse import Pulse

__all__ = ["TONE_HZ", "Firefox", "find_firefox"]

START_S = 60
#: What its fake microphone hears.
TONE_HZ = 620

PREFERENCES: dict[str, bool | int | str] = {
    "media.navigator.streams.fake": True,
    "media.navigator.audio.fake_frequency": TONE_HZ,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    # Nothing is fetched, asked or restored.
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}


def find_firefox() -> str | None:
    """The program, ``None`` where there is none."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """One browser with one page."""

    def __init__(self, program: str, folder: Path) -> None:
        profile = folder / "profile"
        profile.mkdir(parents=True)
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items()]
        (profile / "user.js").write_text("\n".join(lines))
        self._pulse = Pulse(folder / "pulse")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.log = folder / "firefox.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    "--headless",
                    "--no-remote",
                    "--profile",
                    str(profile),
                    f"--remote-debugging-port={port}",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ,
                    **self._pulse.environment,
                    "HOME": str(folder),
                    "MOZ_CRASHREPORTER_DISABLE": "1",
                },
                start_new_session=True,
            )
        self._numbers = itertools.count(1)
        self._open = contextlib.ExitStack()
        try:
            self._socket = self._dial(port)
            self.call("session.new", capabilities={})
            tree = self.call("browsingContext.getTree")
            self.context = tree["contexts"][0]["context"]
        except BaseException:
            self.stop()
            raise

    def call(self, method: str, timeout_s: float = 60, **params: Any) -> dict[str, Any]:
        """One command and its result; events are passed over."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        deadline = time.monotonic() + timeout_s
        while True:
            answer = json.loads(self._socket.recv(timeout=max(0.1, deadline - time.monotonic())))
            if answer.get("id") != number:
                continue
            if answer["type"] == "error":
                raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
            result: dict[str, Any] = answer["result"]
            return result

    def goto(self, url: str) -> None:
        """Open an address and wait until its document is there."""
        self.call("browsingContext.navigate", context=self.context, url=url, wait="interactive")

    def evaluate(self, expression: str, timeout_s: float = 60) -> Any:
        """JavaScript in the page, as by a click; what it gives has to be JSON."""
        found = self.call(
            "script.evaluate",
            timeout_s,
            expression=f"Promise.resolve({expression}).then((value) => JSON.stringify(value))",
            target={"context": self.context},
            awaitPromise=True,
            userActivation=True,
        )
        if found["type"] == "exception":
            raise RuntimeError(found["exceptionDetails"]["text"])
        text = found["result"].get("value")
        return None if text is None else json.loads(text)

    def click(self, element: str) -> None:
        """Click, with a pointer, what an expression finds."""
        x, y = self.evaluate(
            f"(() => {{ const found = {element}; found.scrollIntoView({{ block: 'center' }});"
            " const box = found.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2].map(Math.round); })()"
        )
        actions = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        pointer = {"type": "pointer", "id": "mouse", "actions": actions}
        self.call("input.performActions", context=self.context, actions=[pointer])

    def wait_for(self, expression: str, timeout_s: float = START_S) -> Any:
        """Evaluate until it is true."""
        deadline = time.monotonic() + timeout_s
        while True:
            value = self.evaluate(expression)
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"after {timeout_s:.0f} s still {value!r}: {expression}")
            time.sleep(0.2)

    def screenshot(self) -> str:
        """The page as a PNG, base64."""
        data: str = self.call("browsingContext.captureScreenshot", context=self.context)["data"]
        return data

    def stop(self) -> None:
        """End the browser."""
        self._open.close()
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(10)
        self._pulse.stop()

    def _dial(self, port: int) -> ClientConnection:
        deadline = time.monotonic() + START_S
        while self._process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                url = f"ws://127.0.0.1:{port}/session"
                dialed = connect(url, max_size=None, compression=None, proxy=None)
                return self._open.enter_context(dialed)
            time.sleep(0.2)
        raise RuntimeError(f"Firefox did not start:\n{self.log.read_text()[-2000:]}")
