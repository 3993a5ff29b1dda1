"""Takes the pictures of the documentation: ``python docs/screenshots.py [console|panels]``.

JupyterLab, Chromium and the engines are the real ones; the microphone hears
``notebooks/sounds/question.wav``. Pillow makes the pictures small.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Locator, expect, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT))

from rtwidgets.audio import Pcm, read_sound  # noqa: E402  (after the path is set)
from tests.e2e.lab import Lab, Notebook, launch_chromium, microphone_wav  # noqa: E402

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
QUESTION = ROOT / "notebooks" / "sounds" / "question.wav"

#: The most that a picture may weigh, in bytes, and the colours that are tried to get there.
MOST_BYTES = 60_000
COLOURS = (128, 64, 48, 32, 24, 16)
#: How far apart two of them are at least, red, green and blue together.
APART = 6

CONSOLE = [
    "import rtwidgets as rt\n\nsession = rt.connect(engine='offline', voice='verse')",
    "console = rt.Console(session)\nmic, speaker = console.microphone, console.speaker\nconsole",
]

SETUP = """
import time
import rtwidgets as rt

session = rt.connect(engine="simulated", voice="verse", instructions="Be brief.")

@session.tool
def weather(city: str) -> dict:
    "The weather of a city."
    return {"city": city, "sky": "clear", "celsius": 21}

speaker = rt.Speaker(session)
speaker
"""
#: Each panel alone, by the name of its picture.
ALONE = {
    "microphone": "rt.Microphone(session)",
    "waveform": "rt.Waveform(session)",
    "transcript": "rt.Transcript(session)",
    "timeline": "rt.Timeline(session)",
    "event_log": "rt.EventLog(session, height='200px')",
    "usage_table": "rt.UsageTable(session)",
    "session_panel": "rt.SessionPanel(session)",
    "doctor": "rt.doctor()",
}
TALK = f"""
def heard():
    time.sleep(0.5)
    while speaker.playing:
        time.sleep(0.1)

session.say("What can you do? Tell me in 2 sentences.").wait()
heard()
session.say('Call weather for "Rome".').wait()
heard()
before = speaker.played_samples
turn = session.say("Tell me 8 sentences.")
while speaker.played_samples < before + 80_000:
    time.sleep(0.05)
session.say({str(QUESTION)!r}, realtime=True).wait()
time.sleep(1.5)
"""
LONGER = "const log = document.querySelector('.rtw-transcript-log'); log.style.height = '360px';"


def main(wanted: Iterable[str]) -> None:
    """Take the pictures that are named, or all."""
    takers = {"console": console, "panels": panels}
    for name in list(wanted) or takers:
        with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
            home = Path(folder)
            lab = Lab(home, {"OPENAI_API_KEY": ""})
            chromium = launch_chromium(playwright, home / "microphone.wav")
            try:
                for theme, its_name in THEMES.items():
                    lab.theme(its_name)
                    takers[name](lab, chromium, home / "microphone.wav", theme)
            finally:
                chromium.close()
                lab.stop()


def console(lab: Lab, chromium: Browser, microphone: Path, theme: str) -> None:
    """A typed turn, a spoken one, and its answer half played."""
    notebook = Notebook(lab, chromium, f"talk_{theme}.ipynb", CONSOLE)
    notebook.run_all()
    page = notebook.page
    shown = page.locator(".rtw-console").first
    notebook.ask("session.say('Hello! Who are you?').wait() and None", 120)
    notebook.wait_for("speaker.received_samples > 0 and not speaker.playing", 60)
    microphone_wav(microphone, read_sound(QUESTION))
    shown.get_by_role("button", name="Record").click()
    notebook.wait_for("len(session.conversation.responses) == 2", 60)
    notebook.wait_for("speaker.playing", 60)
    page.wait_for_timeout(1300)
    # On a busy machine the voice may pause for a moment, and the panel says so.
    expect(shown.locator(".rtw-speaker-says")).to_contain_text("Speaking")
    keep(shown, f"console-{theme}")
    shown.get_by_role("button", name="Stop", exact=True).first.click()
    notebook.wait_for("not speaker.playing", 60)
    shown.get_by_role("tab", name="Events").click()
    shown.get_by_role("button", name="Show the panels beside the talk").click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(1000)
    keep(shown, f"console-split-{theme}")
    notebook.close()


def panels(lab: Lab, chromium: Browser, microphone: Path, theme: str) -> None:
    """A talk with a tool and an interruption, and then every panel by itself."""
    question = read_sound(QUESTION)
    softer = Pcm.from_float(question.as_float() / 2, question.rate)
    microphone_wav(microphone, softer)
    notebook = Notebook(lab, chromium, f"panels_{theme}.ipynb", [SETUP, *ALONE.values()])
    page = notebook.page
    page.set_viewport_size({"width": 960, "height": 4000})
    notebook.run_all()
    page.locator(".rtw-session_panel fieldset").first.wait_for()
    notebook.run(TALK)
    page.evaluate(LONGER)
    page.locator(".rtw-timeline").get_by_role("button", name="All").click()
    page.locator(".rtw-event_log").get_by_role("gridcell", name="response.done").last.click()
    page.locator(".rtw-microphone").get_by_role("button", name="Record").click()
    page.wait_for_timeout(2800)
    page.mouse.move(0, 0)
    for word in (*ALONE, "speaker"):
        keep(page.locator(f".rtw-{word}").first, f"{word}-{theme}")
    page.locator(".rtw-waveform").get_by_role("button", name="Spectrogram").click()
    page.wait_for_timeout(1500)
    keep(page.locator(".rtw-waveform").first, f"spectrogram-{theme}")
    notebook.close()


def keep(panel: Locator, name: str) -> None:
    """Picture of a panel."""
    write(Image.open(io.BytesIO(panel.screenshot())), name)


def write(image: Image.Image, name: str) -> None:
    """With as many colours as its weight allows."""
    path = IMAGES / f"{name}.png"
    for colours in COLOURS:
        in_few_colours(image, colours).save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            return
    print(f"{path.name} weighs {path.stat().st_size:,} bytes")


def in_few_colours(image: Image.Image, colours: int) -> Image.Image:
    """In the colours that most pixels have; any other becomes the nearest of them.

    Pillow's own ways average: grey buttons beside a red dot become pink ones, white becomes 251.
    A panel has few colours, each on many pixels, and the rest are edges of letters.
    """
    pixels = np.asarray(image.convert("RGB"))
    values, which, counts = np.unique(
        pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True
    )
    values = values.astype(int)
    most = values[np.argsort(-counts)]
    chosen = most[:1]
    for colour in most[1:]:
        if len(chosen) == colours:
            break
        if np.abs(chosen - colour).sum(axis=1).min() >= APART:
            chosen = np.vstack([chosen, colour])
    nearest = np.abs(values[:, None] - chosen).sum(axis=2).argmin(axis=1)
    small = Image.fromarray(nearest[which].reshape(pixels.shape[:2]).astype(np.uint8), "P")
    small.putpalette(chosen.astype(np.uint8).tobytes())
    return small


if __name__ == "__main__":
    main(sys.argv[1:])
