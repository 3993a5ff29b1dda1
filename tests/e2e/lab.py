"""A real JupyterLab, a real kernel and a real Chromium whose microphone is a WAV file.

What a test asserts about Python it asks in the kernel itself, through a second client on the
kernel's own sockets; what it asserts about the page it reads from the page. Nothing here
replaces a part of the product.
"""

from __future__ import annotations

import ast
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from jupyter_client.blocking.client import BlockingKernelClient
from playwright.sync_api import Browser, Page, Playwright

from rtwidgets.audio import Pcm, write_wav

__all__ = [
    "ALL_RAN",
    "READY",
    "Lab",
    "Notebook",
    "RemoteKernel",
    "document",
    "launch_chromium",
    "microphone_wav",
]

START_S = 90
#: Noise of the front end's own that has nothing to do with widgets.
IGNORED = (
    "filebrowser:open-path",
    "favicon",
    "Failed to load resource",
    "ResizeObserver loop",
    # Notebook 7 alone, with no widget in the page as well.
    "reading 'schema'",
)


def launch_chromium(playwright: Playwright, microphone: Path) -> Browser:
    """Chromium that records ``microphone`` once for each time a page opens its microphone."""
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
        f"--use-file-for-fake-audio-capture={microphone}%noloop",
    ]
    system = next(
        (p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(p).exists()), None
    )
    return playwright.chromium.launch(executable_path=system, headless=True, args=flags)


class Lab:
    """A JupyterLab server of its own: own settings, own runtime folder, no token."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.root = folder / "notebooks"
        self.runtime = folder / "runtime"
        settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
        for path in (self.root, self.runtime, settings):
            path.mkdir(parents=True, exist_ok=True)
        (settings / "notification.jupyterlab-settings").write_text(
            json.dumps({"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True})
        )
        self.settings = settings
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "jupyter.log"
        own = {
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "jupyterlab",
                    "--no-browser",
                    "--allow-root",
                    f"--ServerApp.port={port}",
                    "--ServerApp.port_retries=0",
                    f"--ServerApp.root_dir={self.root}",
                    "--IdentityProvider.token=",
                    "--ServerApp.password=",
                    "--ServerApp.disable_check_xsrf=True",
                    "--LabApp.expose_app_in_browser=True",
                    # The same server shows Notebook 7 at /notebooks, where it is installed.
                    "--JupyterNotebookApp.expose_app_in_browser=True",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **own, **environment},
                start_new_session=True,
            )
        self._wait_until_up()

    def theme(self, name: str) -> None:
        """``JupyterLab Light`` or ``JupyterLab Dark`` for pages opened from now on."""
        (self.settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": name}))

    def add_kernel(self, name: str, first: Path) -> None:
        """Offer a kernel whose modules come out of ``first`` where they are there."""
        folder = self.runtime.parent / "data" / "kernels" / name
        folder.mkdir(parents=True, exist_ok=True)
        spec = {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": name,
            "language": "python",
            "env": {"PYTHONPATH": str(first)},
        }
        (folder / "kernel.json").write_text(json.dumps(spec))

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """A call of Jupyter's own REST interface."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    @contextmanager
    def silent(self) -> Iterator[None]:
        """The server does nothing meanwhile: its kernels live on, no page reaches them."""
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End the server and every kernel of it."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(15)

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + START_S
        while self._process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return
            time.sleep(0.2)
        self.stop()
        raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text()[-3000:]}")

    def _answers(self) -> bool:
        try:
            self.request("GET", "/api/status")
        except OSError:
            return False
        return True


class RemoteKernel:
    """The kernel of a notebook, asked through a client of its own."""

    def __init__(self, lab: Lab, name: str, cells: list[str], *, kernel: str = "python3") -> None:
        self.lab = lab
        path = lab.root / name
        path.write_text(json.dumps(document(cells)))
        session = lab.request(
            "POST",
            "/api/sessions",
            {"path": name, "name": name, "type": "notebook", "kernel": {"name": kernel}},
        )
        self._session_id = session["id"]
        self._kernel_id = session["kernel"]["id"]
        self._client: BlockingKernelClient | None = None

    def meet(self) -> None:
        """Make the kernel's acquaintance while it is quiet.

        The client reads until nothing comes any more, which takes as long as a microphone sends.
        """
        self._kernel()

    def run(self, code: str, timeout_s: float = 60) -> None:
        """Run code in the kernel as a cell of another client does, and wait for its end."""
        reply = self._kernel().execute_interactive(
            code, timeout=timeout_s, output_hook=lambda _: None
        )
        if reply["content"]["status"] != "ok":
            raise RuntimeError("\n".join(reply["content"]["traceback"]))

    def ask(self, expression: str, timeout_s: float = 30) -> Any:
        """The value of a Python expression in the kernel (literals only)."""
        reply = self._kernel().execute(
            "", user_expressions={"value": f"repr({expression})"}, reply=True, timeout=timeout_s
        )
        value = reply["content"]["user_expressions"]["value"]
        if value["status"] != "ok":
            raise RuntimeError(f"{expression}: {value['ename']}: {value['evalue']}")
        return ast.literal_eval(ast.literal_eval(value["data"]["text/plain"]))

    def wait_for(self, expression: str, timeout_s: float = 60) -> Any:
        """Ask until the expression is true; the last value otherwise goes into the failure."""
        deadline = time.monotonic() + timeout_s
        while True:
            value = self.ask(expression)
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"after {timeout_s:.0f} s still {value!r}: {expression}")
            time.sleep(0.2)

    def start(self, code: str) -> None:
        """Run code and do not wait for it."""
        self._kernel().execute(code)

    def end(self) -> None:
        """End the kernel."""
        if self._client is not None:
            self._client.stop_channels()
        self.lab.request("DELETE", f"/api/sessions/{self._session_id}")

    def _kernel(self) -> BlockingKernelClient:
        if self._client is None:
            client = BlockingKernelClient()
            client.load_connection_file(str(self.lab.runtime / f"kernel-{self._kernel_id}.json"))
            client.start_channels()
            client.wait_for_ready(timeout=30)
            self._client = client
        return self._client


class Notebook(RemoteKernel):
    """One notebook open in one page, with its kernel."""

    def __init__(
        self,
        lab: Lab,
        browser: Browser,
        name: str,
        cells: list[str],
        *,
        place: str = "doc/tree",
        kernel: str = "python3",
    ) -> None:
        """``place`` is JupyterLab's, or ``notebooks`` for Notebook 7."""
        super().__init__(lab, name, cells, kernel=kernel)
        self.errors: list[str] = []
        self._context = browser.new_context(
            viewport={"width": 1100, "height": 1000}, permissions=["microphone"]
        )
        self.page: Page = self._context.new_page()
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on(
            "console",
            lambda message: self._note(message.text) if message.type == "error" else None,
        )
        self.page.goto(f"{lab.url}/{place}/{name}?reset", wait_until="domcontentloaded")
        self.page.wait_for_function(READY, timeout=START_S * 1000)
        self.meet()

    def run_all(self, timeout_s: float = 120) -> None:
        """Run every cell; a cell that raises is a failure with its traceback."""
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        ended = self.page.wait_for_function(ALL_RAN, timeout=timeout_s * 1000).json_value()
        if ended != "done":
            raise AssertionError(f"a cell of {self.page.url} failed:\n{ended}")

    def screenshot(self, path: Path) -> None:
        """What a reader sees now."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(path))

    def close(self) -> None:
        """Close the page and end the kernel."""
        self._context.close()
        self.end()

    def _note(self, text: str) -> None:
        if not any(known in text for known in IGNORED):
            self.errors.append(text)


def microphone_wav(path: Path, speech: Pcm, *, lead_s: float = 1.5) -> None:
    """Write what the browser's microphone will hear: silence, then ``speech`` at 48 kHz.

    The file plays from the moment the device is opened; a browser that has never recorded
    before may take a second from there until it listens.
    """
    sound = speech.resampled(48_000)
    silence = np.zeros(round(lead_s * 48_000), np.int16)
    partial = path.with_suffix(".partial")
    write_wav(partial, Pcm(np.concatenate([silence, sound.samples, silence]), 48_000))
    partial.replace(path)


READY = """() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  const kernel = panel?.sessionContext?.session?.kernel;
  return kernel?.connectionStatus === 'connected' && kernel?.status === 'idle';
}"""

#: "done" when every cell has its number, the first traceback when there is one.
ALL_RAN = r"""() => {
  const panel = window.jupyterapp.shell.currentWidget
    ?? [...window.jupyterapp.shell.widgets('main')][0];
  const outputs = panel.content.model.sharedModel.cells.flatMap(c => c.getOutputs?.() ?? []);
  const error = outputs.find(output => output.output_type === 'error');
  if (error) return error.traceback.join('\n') || error.evalue;
  const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')];
  return prompts.length && prompts.every(p => /\[\d+\]/.test(p.textContent)) && 'done';
}"""


def document(cells: list[str]) -> dict[str, Any]:
    """A notebook of these cells."""
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "execution_count": None,
                "metadata": {},
                "outputs": [],
                "source": source,
            }
            for number, source in enumerate(cells)
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
