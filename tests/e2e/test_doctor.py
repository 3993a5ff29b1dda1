"""``rt.doctor()`` in a real page: the kernel's lines and the page's, and the echo of a chirp."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from rtwidgets.audio import Pcm
from tests.e2e.conftest import OpenNotebook
from tests.e2e.lab import microphone_wav

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

PICTURES = Path(__file__).parent.parent.parent / ".run" / "pages"
#: The page's chirp (``js/src/doctor/echo.ts``).
RATE, LENGTH_S, FROM_HZ, TO_HZ = 12_000, 0.25, 600, 3600


def chirp(gain: float) -> Pcm:
    """What a microphone in front of a loudspeaker would hear of it."""
    t = np.arange(round(LENGTH_S * RATE)) / RATE
    phase = FROM_HZ * t + (TO_HZ - FROM_HZ) / LENGTH_S * t * t / 2
    fade = np.minimum(1, np.minimum(np.arange(len(t)), np.arange(len(t))[::-1]) / 200)
    return Pcm((32767 * gain * 0.5 * fade * np.sin(2 * np.pi * phase)).astype(np.int16), RATE)


def test_a_check_up(open_notebook: OpenNotebook, microphone: Path) -> None:
    microphone_wav(microphone, chirp(0.3), lead_s=0.9)
    cells = [
        "import rtwidgets as rt\nsession = rt.connect(engine='simulated', quiet=True)",
        "found = rt.doctor(session)\nfound",
    ]
    notebook = open_notebook("doctor.ipynb", cells)
    notebook.run_all()
    page = notebook.page

    def line(name: str) -> Locator:
        lines = page.locator(".rtw-doctor-line")
        return lines.filter(has=page.locator(".rtw-doctor-name").get_by_text(name, exact=True))

    expect(line("round trip")).to_contain_text("p95", timeout=20_000)
    expect(line("buffers")).to_contain_text("as it is")
    expect(line("microphone permission")).to_contain_text("granted")
    # The page's report showed the kernel what it can do.
    expect(line("kernel")).to_contain_text("while a cell runs")
    page.get_by_role("button", name="Test for echo").click()
    expect(line("echo")).to_contain_text("the microphone hears the loudspeaker: -1", timeout=20_000)
    notebook.wait_for("any(c.name == 'echo' and c.state == 'warn' for c in found.checks)")
    states = notebook.ask("{c.name: c.state for c in found.checks}")
    assert states == {
        "Python": "ok",
        "kernel": "ok",
        "key": "ok",
        "server": "ok",
        "offline engine": states["offline engine"],
        "panels": "ok",
        "secure context": "ok",
        "microphone permission": "ok",
        "devices": "ok",
        "sound": "ok",
        "buffers": "ok",
        "round trip": "ok" if states["round trip"] == "ok" else "warn",
        "echo": "warn",
    }
    notebook.screenshot(PICTURES / "doctor.png")
    assert notebook.errors == []
