"""The panels of sound in each front end that is proven, over whatever line it has.

What is asserted of each: the panels show, what the microphone heard reaches the session
unaltered and whole, and the answer is played to its last sample.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from rtwidgets.audio import Pcm, read_sound
from tests.conftest import lacking
from tests.e2e.conftest import OpenNotebook
from tests.e2e.frontends import FACTS, TALK, App, marimo, voila
from tests.e2e.lab import Lab, Notebook, microphone_wav
from tests.e2e.sound import segments
from tests.session.kernels import folder
from tests.speech import recordings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: Said in one breath: a longer pause would end the turn.
SPOKEN = "check-number-dial-again"
SAMPLES = "(speaker.received_samples, speaker.played_samples, speaker.dropped_samples)"

#: What Colab's widget manager does to messages: their buffers are not there any more.
DROP_BUFFERS = """(() => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const comm = kernel.createComm("jupyter.widget", "probe");
  const prototype = Object.getPrototypeOf(comm);
  comm.dispose();
  const send = prototype.send;
  prototype.send = function (data, metadata, buffers, ...rest) {
    window.dropped = (window.dropped ?? 0) + (buffers?.length ?? 0);
    return send.call(this, data, metadata, [], ...rest);
  };
  const place = Object.getOwnPropertyDescriptor(prototype, "onMsg");
  Object.defineProperty(prototype, "onMsg", {
    ...place,
    set(hear) {
      place.set.call(this, (message) => hear({ ...message, buffers: [] }));
    },
  });
})()"""


#: Bars taller than the line in the middle.
PAINTED = """() => {
  const canvas = document.querySelector('.rtw-waveform canvas');
  const { data, width } = canvas.getContext('2d').getImageData(
    0, Math.round(canvas.height * 0.4), canvas.width, 1);
  let filled = 0;
  for (let x = 0; x < width; x++) filled += data[4 * x + 3] > 0 ? 1 : 0;
  return filled > width / 20;
}"""


def speak(page: Page, microphone: Path) -> Pcm:
    """Press record with a recording as the microphone."""
    path, _ = recordings()[SPOKEN]
    spoken = read_sound(path)
    microphone_wav(microphone, spoken)
    page.get_by_role("button", name="Record").first.click()
    return spoken


def assert_unaltered(spoken: Pcm, heard: Pcm) -> None:
    found = segments(spoken, heard)
    assert len(found) >= 3
    assert min(found) > 0.9, [round(one, 3) for one in found]


def heard_by(notebook: Notebook) -> Pcm:
    data = notebook.ask("heard().samples.tobytes()")
    return Pcm(np.frombuffer(data, "<i2"), notebook.ask("session.input_rate"))


def talk_in(notebook: Notebook, microphone: Path) -> None:
    """One turn in a notebook, spoken and answered."""
    spoken = speak(notebook.page, microphone)
    notebook.wait_for("[r.status for r in session.conversation.responses.values()]", 60)
    notebook.wait_for("speaker.received_samples > 0 and not speaker.playing", 60)
    lost = notebook.ask("(mic.frames_lost, mic.out_of_order)")
    assert lost == (0, 0)
    assert_unaltered(spoken, heard_by(notebook))
    received, played, dropped = notebook.ask(SAMPLES)
    assert (received, dropped) == (played, 0)
    assert notebook.ask("[mic.problem, speaker.problem]") == ["", ""]
    assert notebook.errors == []


def test_notebook_7(open_notebook: OpenNotebook, microphone: Path) -> None:
    cells = [TALK, FACTS, "display(mic, speaker)"]
    notebook = open_notebook("notebook7.ipynb", cells, place="notebooks")
    notebook.run_all()
    talk_in(notebook, microphone)
    assert notebook.ask("[(l.up, l.down) for l in mic.transport.lines.values()]") == [(True, True)]


def test_a_front_end_that_drops_buffers(open_notebook: OpenNotebook, microphone: Path) -> None:
    """Colab's manager drops the buffers of messages: they travel inside, as base64."""
    show = "display(mic, speaker, rt.Waveform(session))"
    notebook = open_notebook("dropped.ipynb", [TALK, FACTS, show])
    notebook.page.evaluate(DROP_BUFFERS)
    notebook.run_all()
    talk_in(notebook, microphone)
    lines = notebook.ask("[(l.up, l.down) for l in mic.transport.lines.values()]")
    assert lines == [(False, False)]
    # The state has no buffers at all: the wave of the answer is drawn.
    notebook.page.wait_for_function(PAINTED, timeout=10_000)
    # Only the probes had something to lose; frames are 25 a second.
    assert 0 < notebook.page.evaluate("window.dropped") < 40


@pytest.mark.parametrize("front_end", [voila, marimo], ids=["voila", "marimo"])
def test_other_servers(
    front_end: Callable[[Path], App], tmp_path: Path, browser: Browser, microphone: Path
) -> None:
    app = front_end(tmp_path / "app")
    context = browser.new_context(permissions=["microphone"])
    try:
        page = context.new_page()
        page.goto(app.url, wait_until="domcontentloaded", timeout=60_000)
        page.get_by_role("button", name="Record").first.wait_for(timeout=60_000)
        spoken = speak(page, microphone)
        app.wait_for("statuses == ['completed'] and received and not playing", 60)
        facts = app.wait_for("True")
        assert (facts["lost"], facts["misplaced"]) == (0, 0)
        assert (facts["received"], facts["dropped"]) == (facts["played"], 0)
        assert facts["problems"] == ["", ""]
        assert facts["line"] is not None
        app.wait_for(f"__import__('os').path.exists({str(app.folder / 'heard.wav')!r})")
        assert_unaltered(spoken, read_sound(app.folder / "heard.wav"))
    finally:
        context.close()
        app.stop()


def test_a_microphone_is_heard_while_a_cell_sleeps(
    lab: Lab, open_notebook: OpenNotebook, microphone: Path
) -> None:
    """The installed ipykernel, in JupyterLab: frames reach the session during ``time.sleep``."""
    busy = (
        "import time; before = mic.frames_received; end = time.monotonic() + 4\n"
        "while time.monotonic() < end: time.sleep(0.05)\n"
        "during = mic.frames_received - before"
    )
    notebook = open_notebook("busy.ipynb", [TALK, FACTS, "display(mic, speaker)"])
    notebook.run_all()
    speak(notebook.page, microphone)
    notebook.wait_for("mic.frames_received > 10")
    notebook.run(busy)
    # 100 frames of 40 ms in 4 s.
    assert notebook.ask("during") > 60
    assert notebook.ask("(session.live_while_busy, mic.frames_lost)") == (True, 0)
    assert notebook.errors == []


def test_a_kernel_that_cannot_hear_while_a_cell_runs_says_so(
    lab: Lab, open_notebook: OpenNotebook, microphone: Path
) -> None:
    """ipykernel 6: what is said while a cell runs waits for its end, and nothing is lost."""
    release = "6.31.0"
    if not folder(release).is_dir():
        lacking(f"ipykernel {release} is not there: python tests/session/kernels.py")
    lab.add_kernel("old", folder(release))
    cells = [TALK, FACTS, "display(mic, speaker)"]
    notebook = open_notebook("old.ipynb", cells, kernel="old")
    notebook.run_all()
    assert notebook.ask("__import__('ipykernel').__version__") == release
    speak(notebook.page, microphone)
    notebook.wait_for("mic.frames_received > 10")
    before = notebook.ask("mic.frames_received")
    notebook.start("import time; time.sleep(6); during = mic.frames_received")
    waits = notebook.page.get_by_text("The kernel does not answer yet")
    expect(waits).to_be_visible(timeout=10_000)
    assert notebook.ask("during", timeout_s=60) - before < 25
    # They waited, and come in order.
    notebook.wait_for(f"mic.frames_received > {before} + 120")
    assert notebook.ask("(mic.frames_lost, mic.out_of_order)") == (0, 0)
    assert notebook.ask("session.live_while_busy") is False
    expect(notebook.page.get_by_text("The kernel does not answer yet")).to_be_hidden(timeout=60_000)
    assert notebook.errors == []
