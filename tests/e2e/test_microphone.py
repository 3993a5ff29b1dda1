"""The microphone in a real page: what arrives is what was said, and nothing stays open.

The browser's microphone is a WAV file; JupyterLab, Chromium and the kernel are the real ones.
The simulated engine listens, because only the way to the session is looked at.
"""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, expect

from rtwidgets.audio import Pcm, read_sound
from rtwidgets.widgets import Microphone
from rtwidgets.widgets.panel import STATIC
from tests.e2e.conftest import OpenNotebook
from tests.e2e.lab import Notebook, microphone_wav

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

QUESTION = Path(__file__).parents[2] / "notebooks" / "sounds" / "question.wav"
#: Sound is compared at this rate, in Hz: half a sample of 24 kHz is much for an "s".
FINE = 96_000

CELLS = [
    "import rtwidgets as rt\nsession = rt.connect(engine='simulated')",
    # What the session is given is kept on the way.
    """
heard, append = [], session.append_audio
def keep(data, *, rate=24000):
    heard.append(data)
    append(data, rate=rate)
session.append_audio = keep
""",
    """
off = dict(echo_cancellation=False, noise_suppression=False, auto_gain_control=False)
mic = rt.Microphone(session, **off)
mic
""",
]

#: Keeps every track that the page opens, to see afterwards that it was let go.
COUNT_TRACKS = """() => {
  window.tracks = [];
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wishes) => {
    const stream = await open(wishes);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
}"""
#: How often the tab's icon says "busy" or "idle" while the microphone sends 37 frames.
ICON_CHANGES = """async () => {
  let changes = 0;
  const watch = new MutationObserver((found) => { changes += found.length; });
  watch.observe(document.head, { subtree: true, attributeFilter: ['rel'] });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  watch.disconnect();
  return changes;
}"""
LIVE_TRACKS = "() => window.tracks.filter(track => track.readyState === 'live').length"

WAITING = "The kernel does not answer yet; what you say waits for it"

DROP = """(panel, [bytes, name, type]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type }));
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    panel.dispatchEvent(
      new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""


def panel_of(page: Page) -> Locator:
    return page.locator(".rtw-microphone").first


def press(page: Page, name: str) -> None:
    panel_of(page).get_by_role("button", name=name).click()


def says(page: Page, words: str) -> None:
    expect(panel_of(page).get_by_role("status").first).to_have_text(words, timeout=15_000)


def drop(page: Page, name: str, data: bytes, kind: str = "audio/wav") -> None:
    panel_of(page).evaluate(DROP, [list(data), name, kind])


def take_heard(notebook: Notebook) -> NDArray[np.int16]:
    """What the session was given since the last look."""
    path = notebook.lab.root / "heard.pcm"
    notebook.ask(f"open({str(path)!r}, 'wb').write(b''.join(heard))")
    notebook.ask("heard.clear()")
    return np.frombuffer(path.read_bytes(), np.int16)


def encoded(sound: Pcm, kind: str) -> bytes:
    """The sound as a FLAC or MP3 file."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream = container.add_stream("mp3" if kind == "mp3" else "flac", rate=sound.rate)
        stream.layout = "mono"
        stream.bit_rate = 128_000
        frame = av.AudioFrame.from_ndarray(sound.samples[None], format="s16", layout="mono")
        frame.sample_rate = sound.rate
        resampler = av.AudioResampler(stream.format, "mono", sound.rate, stream.frame_size or None)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return file.getvalue()


def likeness(heard: NDArray[np.float64], part: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normalized correlation of ``part`` with every place of ``heard`` where it fits, -1 to 1."""
    size = 1 << (heard.size + part.size).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(part, size)), size)
    energy = np.concatenate([[0.0], np.cumsum(heard**2)])
    local = energy[part.size :] - energy[: -part.size]
    norm = np.linalg.norm(part) * np.sqrt(np.maximum(local, 1.0))
    return np.asarray(product[: local.size] / norm)


def correlations(heard: NDArray[np.int16], sound: Pcm, segment_s: float = 0.25) -> list[float]:
    """For each loud part of ``sound``, how like it is what was heard there, -1 to 1."""
    wanted = sound.resampled(FINE).samples.astype(float)
    padded = np.pad(Pcm(heard, 24_000).resampled(FINE).samples.astype(float), wanted.size)
    begin = int(np.argmax(likeness(padded, wanted)))
    size, slack = round(segment_s * FINE), round(0.1 * FINE)
    loud = 0.1 * np.sqrt(np.mean(wanted**2))
    found = []
    for at in range(0, wanted.size - size + 1, size):
        part = wanted[at : at + size]
        if np.sqrt(np.mean(part**2)) >= loud:
            around = padded[max(0, begin + at - slack) : begin + at + size + slack]
            found.append(float(likeness(around, part).max()))
    return found


def test_what_is_said_or_dropped_arrives_whole(
    open_notebook: OpenNotebook, microphone: Path
) -> None:
    sound = read_sound(QUESTION)
    notebook = open_notebook("microphone.ipynb", CELLS)
    notebook.run_all()
    page = notebook.page
    page.evaluate(COUNT_TRACKS)
    assert notebook.ask("mic.frames_received") == 0

    # A person speaks; then the device goes on with silence.
    microphone_wav(microphone, sound)
    press(page, "Record")
    says(page, "Listening")
    frames = round((sound.duration_s + 2.5) / 0.04)
    notebook.wait_for(f"mic.frames_received >= {frames}")
    spoken = correlations(take_heard(notebook), sound)
    assert len(spoken) >= 4
    assert min(spoken) > 0.9, spoken
    assert notebook.ask("(mic.frames_lost, mic.out_of_order)") == (0, 0)

    # For the notebook this is no work: nothing flickers.
    sent = notebook.ask("mic.frames_received")
    assert page.evaluate(ICON_CHANGES) <= 8, "the kernel tells that it is busy for each frame"
    assert notebook.ask("mic.frames_received") > sent + 25

    # Muted: time goes on, the voice does not.
    press(page, "Mute the microphone")
    notebook.wait_for("mic.muted")
    take_heard(notebook)
    notebook.wait_for("len(heard) > 10")
    assert not take_heard(notebook).any()
    press(page, "Mute the microphone")
    notebook.wait_for("not mic.muted")

    # Another device while it records: the numbers go on without a gap.
    panel = panel_of(page)
    panel.get_by_text("Microphone settings").click()
    device = panel.get_by_label("Device", exact=True)
    expect(device.locator("option")).not_to_have_count(1)
    label = device.locator("option").last.text_content()
    device.select_option(label)
    notebook.wait_for(f"mic.device == {label!r}")
    before = notebook.ask("mic.frames_received")
    notebook.wait_for(f"mic.frames_received > {before + 25}")
    assert notebook.ask("(mic.frames_lost, mic.out_of_order)") == (0, 0)
    assert page.evaluate(LIVE_TRACKS) == 1

    # The connection is away for some seconds: the page says so, goes on, and nothing is lost.
    alert = panel.get_by_role("alert").first
    before = notebook.ask("mic.frames_received")
    with notebook.lab.silent():
        says(page, WAITING)
        expect(alert).to_be_hidden()
        notebook.wait_for("not mic.recording and 'no connection' in mic.notice")
    says(page, "Listening")
    expect(alert).to_be_hidden()
    notebook.wait_for(f"mic.recording and mic.frames_received > {before + 100}")
    assert notebook.ask("(mic.frames_lost, mic.out_of_order, mic.notice)") == (0, 0, "")
    assert page.evaluate(LIVE_TRACKS) == 1

    # A telephone's rate, taken up while it records.
    notebook.ask("session.update(input_format='audio/pcmu') and None")
    notebook.wait_for("mic.frame_rate == 8000")
    device.select_option("")
    press(page, "Stop")
    assert page.evaluate(LIVE_TRACKS) == 0
    notebook.wait_for("not mic.recording")
    notebook.ask("session.update(input_format='audio/pcm') and None")
    notebook.wait_for("mic.rate == 24000")

    # A file instead.
    take_heard(notebook)
    drop(page, "question.wav", QUESTION.read_bytes())
    says(page, "Speaking from question.wav")
    says(page, "Microphone off")
    notebook.wait_for("not mic.recording")
    dropped = correlations(take_heard(notebook), sound)
    assert min(dropped) > 0.9, dropped
    assert notebook.ask("(mic.source, mic.device, mic.frames_lost)") == ("file", "question.wav", 0)

    for kind in ("flac", "mp3"):
        drop(page, f"question.{kind}", encoded(sound, kind), f"audio/{kind}")
        notebook.wait_for(f"mic.recording and mic.device == 'question.{kind}'")
        notebook.wait_for("not mic.recording")
        assert min(correlations(take_heard(notebook), sound)) > 0.9

    drop(page, "notes.txt", b"no sound at all", "text/plain")
    expect(panel.get_by_role("alert").first).to_contain_text("Give a WAV, MP3 or FLAC file")
    assert notebook.ask("mic.problem") == ""
    assert notebook.errors == []


#: A page of nothing but the panel, at an address that browsers do not trust.
INSECURE = "http://notebook.test/"
ALONE = """<!doctype html><title>alone</title><body><script type="module">
  import widget from "/microphone.js";
  const traits = %s;
  window.sent = [];
  const model = {
    get: (name) => traits[name],
    on() {},
    off() {},
    send: (message, _callbacks, buffers) => sent.push([message, buffers ?? []]),
  };
  const { signal } = new AbortController();
  widget.initialize({ model, signal });
  widget.render({ model, el: document.body, signal });
</script>"""


def test_a_page_that_is_not_secure_says_so_and_speaks_files(browser: Browser) -> None:
    kinds = Microphone.class_traits(sync=True)
    known = {name: kind.default_value for name, kind in kinds.items() if name != "_esm"}
    plain = {name: value for name, value in known.items() if isinstance(value, (str, int))}
    plain["mode"] = "hands_free"
    page = browser.new_page()
    page.route(
        INSECURE + "**",
        lambda route: (
            route.fulfill(path=STATIC / "microphone.js")
            if route.request.url.endswith(".js")
            else route.fulfill(body=ALONE % json.dumps(plain), content_type="text/html")
        ),
    )
    page.goto(INSECURE)
    assert not page.evaluate("isSecureContext")
    press(page, "Record")
    says(page, "No microphone")
    expect(panel_of(page).get_by_role("alert").first).to_contain_text("http://localhost")
    expect(panel_of(page).get_by_role("button", name="Speak a file instead")).to_be_visible()

    drop(page, "question.wav", QUESTION.read_bytes())
    says(page, "Speaking from question.wav")
    says(page, "Microphone off")
    # Nobody has answered the handshake, so the frames travel as base64.
    frames = page.evaluate("() => sent.filter(([m]) => m.kind === 'audio').map(([m]) => m.b64[0])")
    sound = read_sound(QUESTION)
    heard = b"".join(base64.b64decode(frame) for frame in frames)
    assert len(frames) == np.ceil(sound.duration_s / 0.04)
    assert min(correlations(np.frombuffer(heard, np.int16), sound)) > 0.9
    page.close()


def test_another_page_takes_over_and_a_reload_leaves_nothing(
    open_notebook: OpenNotebook, microphone: Path
) -> None:
    microphone_wav(microphone, read_sound(QUESTION))
    notebook = open_notebook("microphone_pages.ipynb", CELLS)
    notebook.run_all()
    first = notebook.page
    first.evaluate(COUNT_TRACKS)
    first.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    press(first, "Record")
    notebook.wait_for("mic.frames_received > 10")

    second = first.context.new_page()
    second.goto(first.url.split("?")[0], wait_until="domcontentloaded")
    panel_of(second).wait_for(timeout=120_000)
    says(second, "Recording in another tab")
    second.evaluate(COUNT_TRACKS)
    press(second, "Record here")
    says(second, "Listening")
    says(first, "Recording in another tab")
    assert first.evaluate(LIVE_TRACKS) == 0
    assert second.evaluate(LIVE_TRACKS) == 1
    notebook.wait_for("mic.frames_received > 10 and mic.recording")

    second.reload(wait_until="domcontentloaded")
    notebook.wait_for("not mic.recording")
    panel_of(second).wait_for(timeout=120_000)
    says(second, "Microphone off")
    expect(panel_of(second).get_by_role("alert").first).to_contain_text("was closed or reloaded")
    frames = notebook.ask("mic.frames_received")
    assert notebook.ask("mic.frames_received") == frames

    # The kernel goes while the first page records.
    press(first, "Record")
    says(first, "Listening")
    kernel = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
    first.evaluate(f"() => {kernel}.restart()")
    # One that ends in peace can still say that its session is over.
    gone = re.compile("The kernel is gone|The session is over")
    expect(panel_of(first).get_by_role("status").first).to_have_text(gone, timeout=15_000)
    assert first.evaluate(LIVE_TRACKS) == 0
    first.wait_for_function(f"() => {kernel}?.status === 'idle'", timeout=60_000)
