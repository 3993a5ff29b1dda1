"""The microphone and the speaker in every state that a person can meet, one after the other.

The test looks at each (heights, overflow, axe), the documentation has their pictures. What the
browser would say about a missing device is put in its mouth; all else is what really happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from rtwidgets.audio import Pcm, read_sound

from .lab import Notebook, microphone_wav

__all__ = ["CELLS", "QUESTION", "State", "states"]

QUESTION = Path(__file__).parents[2] / "notebooks" / "sounds" / "question.wav"

#: An engine that thinks long enough, so that one can see it.
CELLS = [
    "import rtwidgets as rt\nserver = rt.serve('simulated', latency_ms=2500)",
    "session = rt.connect(server.url)",
    "mic = rt.Microphone(session, auto_gain_control=False)\nspeaker = rt.Speaker(session)",
    "display(mic, speaker)",
]

REFUSE = """(name) => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", name));
}"""
INSECURE = """() => {
  const none = { value: undefined, configurable: true };
  Object.defineProperty(navigator, "mediaDevices", none);
  Object.defineProperty(globalThis, "isSecureContext", { value: false, configurable: true });
}"""
SECURE = "() => { delete navigator.mediaDevices; delete globalThis.isSecureContext; }"
DROP = """(panel, [bytes, name, type]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type }));
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    panel.dispatchEvent(
      new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""


@dataclass(frozen=True)
class State:
    """What the panels are in now."""

    name: str
    sentence: bool = False
    """A sentence says what is wrong, so the microphone's panel may be taller."""


def states(notebook: Notebook, microphone: Path) -> Iterator[State]:
    """Bring the panels of ``CELLS`` into each state, and wait there until the next is asked for."""
    page = notebook.page
    panel = page.locator(".rtw-microphone").first
    main = panel.locator(".rtw-microphone-main")

    def says(words: str) -> None:
        expect(panel.locator(".rtw-microphone-says")).to_have_text(words, timeout=15_000)

    def speaker_says(words: str) -> None:
        expect(page.locator(".rtw-speaker-says").first).to_contain_text(words, timeout=15_000)

    def fails(error: str) -> None:
        page.evaluate(REFUSE, error)
        main.click()
        says("No microphone")

    expect(main).to_be_visible()
    says("Microphone off")
    yield State("idle")

    question = read_sound(QUESTION)
    # Without a pause that would end the turn.
    microphone_wav(microphone, Pcm(np.tile(question.samples, 8), question.rate), lead_s=0.3)
    main.click()
    says("Hearing you")
    yield State("listening")
    panel.get_by_role("button", name="Mute the microphone").click()
    says("Muted: silence is sent")
    yield State("muted")
    main.click()
    panel.get_by_role("button", name="Mute the microphone").click()
    notebook.wait_for("not mic.recording and not mic.muted")

    notebook.ask("session.interrupt() or session.say('hello') and None")
    speaker_says("Thinking")
    yield State("thinking")
    speaker_says("Speaking")
    yield State("speaking")
    notebook.wait_for("speaker.played_samples > 24_000")
    notebook.ask("session.interrupt()")
    speaker_says("Interrupted")
    yield State("interrupted")

    panel.get_by_role("radio", name="Push to talk").click()
    expect(main).to_have_text("Hold to talk")
    microphone_wav(microphone, question, lead_s=0.2)
    main.focus()
    page.keyboard.down(" ")
    says("Recording")
    yield State("push to talk")
    page.keyboard.up(" ")
    says("Ready")
    panel.get_by_role("button", name="Turn off").click()
    panel.get_by_role("radio", name="Hands-free").click()
    expect(main).to_have_text("Record")

    name = "the-recording-of-a-question-with-a-long-name.wav"
    panel.evaluate(DROP, [list(QUESTION.read_bytes()), name, "audio/wav"])
    says(f"Speaking from {name}")
    yield State("file dropped")
    notebook.wait_for("not mic.recording")
    notebook.ask("session.interrupt()")
    notebook.ask("setattr(mic, 'frames_lost', 3)")
    expect(panel.locator(".rtw-microphone-lost")).to_be_visible()
    yield State("frames lost")
    notebook.ask("setattr(mic, 'frames_lost', 0)")

    page.evaluate("() => { window.ask = navigator.mediaDevices.getUserMedia; }")
    fails("NotAllowedError")
    yield State("refused", sentence=True)
    fails("NotFoundError")
    yield State("no device", sentence=True)
    page.evaluate("() => { document.body.dataset.vscodeThemeKind = 'vscode-dark'; }")
    fails("NotAllowedError")
    panel.get_by_role("button", name="Use a browser").click()
    expect(panel.locator(".rtw-capture a")).to_be_visible()
    yield State("VS Code", sentence=True)
    page.evaluate("() => { delete document.body.dataset.vscodeThemeKind; }")
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = window.ask; }")
    page.evaluate(INSECURE)
    main.click()
    expect(panel.get_by_role("alert").first).to_contain_text("not a secure context")
    yield State("insecure", sentence=True)
    page.evaluate(SECURE)

    second = _second_tab(notebook)
    second.locator(".rtw-microphone-main").click()
    notebook.wait_for("mic.recording")
    second.get_by_role("button", name="Play here").click()
    says("Recording in another tab")
    speaker_says("Sound plays in another page")
    yield State("second tab")
    second.close()
    notebook.wait_for("not mic.recording")

    notebook.ask("session.close()")
    says("The session is over")
    yield State("session over")


def _second_tab(notebook: Notebook) -> Page:
    notebook.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page = notebook.page.context.new_page()
    page.goto(notebook.page.url.split("?")[0], wait_until="domcontentloaded")
    page.locator(".rtw-speaker").first.wait_for(timeout=90_000)
    return page
