"""Firefox: its own rate, its own worklets, its own media; the tone of its microphone arrives.

What Firefox has instead of a recording is a tone of a known frequency: it arrives as that tone,
without a gap and without a click, so the resampling is right and no frame is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.conftest import lacking
from tests.e2e.firefox import TONE_HZ, Firefox, find_firefox
from tests.e2e.frontends import FACTS, TALK
from tests.e2e.lab import ALL_RAN, READY, Lab, RemoteKernel
from tests.e2e.pulse import unpacked

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: A window without a desktop never gets the focus, and JupyterLab goes by it.
FOCUS = """(() => {
  const [panel] = window.jupyterapp.shell.widgets('main');
  panel.node.dispatchEvent(new FocusEvent('focus'));
  return window.jupyterapp.shell.currentWidget === panel;
})()"""
RUN_ALL = "(window.jupyterapp.commands.execute('notebook:run-all-cells'), true)"
CELL = "document.querySelector('.jp-CodeCell .jp-InputArea-editor')"
RECORD = (
    "[...document.querySelectorAll('.rtw-microphone button')]"
    ".find((button) => button.textContent.trim() === 'Record')"
)
SECONDS = 3


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    program = find_firefox()
    if program is None or not unpacked():
        lacking("Firefox or its sound server is not there: .ci/firefox gets them")
    assert program is not None
    browser = Firefox(program, tmp_path_factory.mktemp("firefox"))
    yield browser
    browser.stop()


def sine(samples: np.ndarray, rate: int) -> tuple[float, float]:
    """The frequency of a tone, and what is left when the tone is taken out, as a share of it."""
    window = np.hanning(len(samples))
    size = 8 * len(samples)
    spectrum = np.abs(np.fft.rfft(samples * window, size))
    peak = int(np.argmax(spectrum))
    left, middle, right = np.log(spectrum[peak - 1 : peak + 2])
    frequency = (peak + 0.5 * (left - right) / (left - 2 * middle + right)) * rate / size
    t = np.arange(len(samples)) / rate
    basis = np.stack([np.cos(2 * np.pi * frequency * t), np.sin(2 * np.pi * frequency * t)])
    fit, *_ = np.linalg.lstsq(basis.T, samples, rcond=None)
    rest = samples - fit @ basis
    return float(frequency), float(np.std(rest) / np.std(samples))


@pytest.mark.parametrize("place", ["doc/tree", "notebooks"], ids=["jupyterlab", "notebook"])
def test_the_tone_arrives_whole(firefox: Firefox, lab: Lab, place: str) -> None:
    name = f"firefox_{place[:3]}.ipynb"
    kernel = RemoteKernel(lab, name, [TALK, FACTS, "display(mic, speaker)"])
    try:
        firefox.goto(f"{lab.url}/{place}/{name}?reset")
        firefox.wait_for(f"{CELL} !== null", 90)
        firefox.wait_for(FOCUS)
        firefox.wait_for(f"({READY})()", 90)
        kernel.meet()
        firefox.evaluate(RUN_ALL)
        assert firefox.wait_for(f"({ALL_RAN})()", 90) == "done"
        firefox.wait_for(f"{RECORD} !== undefined")
        firefox.click(RECORD)
        kernel.wait_for(f"mic.frames_received > {25 * SECONDS}", 60)
        assert kernel.ask("(mic.frames_lost, mic.out_of_order, mic.problem)") == (0, 0, "")
        lines = kernel.ask("[(l.up, l.down) for l in mic.transport.lines.values()]")
        assert lines == [(True, True)]
        heard = np.frombuffer(kernel.ask("heard().samples.tobytes()"), "<i2").astype(float)
        rate = kernel.ask("session.input_rate")
        # The head is the device waking up; each tenth of a second after it is the same tone.
        tone = heard[rate // 2 : rate // 2 + 2 * rate]
        frequency, rest = sine(tone, rate)
        assert frequency == pytest.approx(TONE_HZ, abs=2)
        assert rest < 0.1, "a gap or a click would leave more"
        # What it is answered is played to the last sample.
        kernel.run("mic.stop(); turn = session.say('add 2 and 3')")
        kernel.wait_for("turn.done and speaker.received_samples > 0 and not speaker.playing", 60)
        received, played, dropped = kernel.ask(
            "(speaker.received_samples, speaker.played_samples, speaker.dropped_samples)"
        )
        assert received == played + dropped
        assert played > 0
    finally:
        kernel.end()
