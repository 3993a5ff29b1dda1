"""Takes the README's pictures from a real conversation: ``python docs/screenshots.py``.

JupyterLab, Chromium and the offline engine are the real ones; the microphone hears
``notebooks/sounds/question.wav``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from rtwidgets.audio import read_sound  # noqa: E402  (after the path is set)
from tests.e2e.lab import Lab, Notebook, launch_chromium, microphone_wav  # noqa: E402

CELLS = [
    "import rtwidgets as rt\n\nsession = rt.connect(engine='offline', voice='verse')",
    "console = rt.Console(session)\nmic, speaker = console.microphone, console.speaker\nconsole",
]
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def main() -> None:
    """Talk once in each theme and keep what the console looks like while it answers."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        lab = Lab(home, {"OPENAI_API_KEY": ""})
        chromium = launch_chromium(playwright, home / "microphone.wav")
        try:
            for theme, name in THEMES.items():
                lab.theme(name)
                notebook = Notebook(lab, chromium, f"talk_{theme}.ipynb", CELLS)
                talk(notebook, home / "microphone.wav")
                picture = ROOT / "docs" / "images" / f"console-{theme}.png"
                notebook.page.locator(".rtw-console").first.screenshot(path=str(picture))
                notebook.close()
        finally:
            chromium.close()
            lab.stop()


def talk(notebook: Notebook, microphone: Path) -> None:
    """One typed turn, one spoken turn, and the spoken answer half played."""
    notebook.run_all()
    notebook.ask("session.say('Hello! Who are you?').wait() and None")
    notebook.wait_for("speaker.received_samples > 0 and not speaker.playing", 60)
    microphone_wav(microphone, read_sound(ROOT / "notebooks" / "sounds" / "question.wav"))
    page = notebook.page
    page.get_by_text("Usage", exact=False).first.click()
    page.get_by_role("button", name="Record").first.click()
    notebook.wait_for("len(session.conversation.responses) == 2", 60)
    notebook.wait_for("speaker.playing", 60)
    page.wait_for_timeout(1300)


if __name__ == "__main__":
    main()
