"""The loudspeaker in a real page: all is played, or cut where it was cut, in one page at a time."""

from __future__ import annotations

import base64
import random

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import OpenNotebook
from tests.e2e.lab import START_S, Notebook
from tests.e2e.listener import LISTENER, heard, latency_s, open_contexts

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CELLS = [
    "import rtwidgets as rt\nsession = rt.connect(engine='simulated')",
    "speaker = rt.Speaker(session)\nspeaker",
]
COUNTS = "(speaker.received_samples, speaker.played_samples, speaker.dropped_samples)"
ALL_TOLD = "speaker.received_samples == speaker.played_samples + speaker.dropped_samples"
QUANTUM = 128
#: Ten seconds of tones.
LONG = "hello"
SHORT = "say one two three"


def speaker_notebook(open_notebook: OpenNotebook, name: str) -> Notebook:
    notebook = open_notebook(f"speaker_{name}.ipynb", CELLS)
    notebook.page.evaluate(LISTENER)
    notebook.run_all()
    expect(panel(notebook.page)).to_be_visible()
    return notebook


def panel(page: Page) -> Locator:
    return page.get_by_role("region", name="Speaker")


def say(notebook: Notebook, text: str) -> None:
    notebook.ask(f"globals().update(turn=session.say({text!r}))")


def sound_of(notebook: Notebook) -> bytes:
    """All that the turn made."""
    notebook.ask("bool(turn.wait(60))", 90)
    text = notebook.ask("__import__('base64').b64encode(turn.audio.samples.tobytes()).decode()")
    return base64.b64decode(text)


def loud(sound: bytes) -> np.ndarray:
    """The samples that are not silence: a busy machine may leave a gap, never a sample."""
    samples = np.frombuffer(sound, "<i2")
    return samples[samples != 0]


def assert_same(played: bytes, sound: bytes) -> None:
    assert np.array_equal(loud(played), loud(sound)), "no other sample, none left out, none twice"


def listen_again(page: Page) -> None:
    """What came out before does not count."""
    page.evaluate("() => void (globalThis.rtwHeard.length = 0)")


def test_a_reply_is_played_bit_by_bit(open_notebook: OpenNotebook) -> None:
    notebook = speaker_notebook(open_notebook, "whole")
    say(notebook, SHORT)
    sound = sound_of(notebook)
    notebook.wait_for("not speaker.playing and speaker.played_samples > 0", 60)
    played = heard(notebook.page)
    assert_same(played, sound)
    assert sound in played or notebook.ask("speaker.underruns") > 0, "and no gap"
    assert notebook.ask(COUNTS) == (len(sound) // 2, len(sound) // 2, 0)

    # The same once more, by the button; it counts for nothing.
    listen_again(notebook.page)
    notebook.page.get_by_role("button", name="Play the last reply again").click()
    notebook.wait_for("speaker.replaying != ''", 10)
    notebook.wait_for("not speaker.playing", 60)
    assert_same(heard(notebook.page), sound)
    assert notebook.ask(COUNTS) == (len(sound) // 2, len(sound) // 2, 0)
    assert notebook.errors == []


SAVED = """\
import rtwidgets as rt
with rt.connect(engine='simulated') as session:
    sounds = [session.say(text).wait(60).audio.samples.tobytes() for text in ('hello', 'say one')]
    session.save('talk.jsonl')
again = rt.replay('talk.jsonl')"""


def test_a_saved_talk_sounds_again(open_notebook: OpenNotebook) -> None:
    cells = [SAVED, "console = rt.Console(again)\nspeaker = console.speaker\nconsole"]
    notebook = open_notebook("speaker_saved.ipynb", cells)
    notebook.page.evaluate(LISTENER)
    notebook.run_all()
    first, second = (
        base64.b64decode(text)
        for text in notebook.ask("[__import__('base64').b64encode(s).decode() for s in sounds]")
    )
    # From the row of an older answer, then the last one by the speaker's own button.
    row = notebook.page.locator(".rtw-transcript-row[data-role=assistant]").first
    row.hover()
    row.get_by_role("button", name="Play").click()
    notebook.wait_for("speaker.replaying != ''", 10)
    expect(panel(notebook.page)).to_contain_text("Playing again")
    notebook.wait_for("not speaker.playing", 60)
    assert_same(heard(notebook.page), first)
    listen_again(notebook.page)
    notebook.page.get_by_role("button", name="Play the last reply again").click()
    notebook.wait_for("speaker.replaying != ''", 10)
    notebook.wait_for("not speaker.playing", 60)
    assert_same(heard(notebook.page), second)
    assert notebook.ask(COUNTS) == (0, 0, 0)
    assert notebook.errors == []


def test_a_stop_is_told_to_the_sample(open_notebook: OpenNotebook) -> None:
    notebook = speaker_notebook(open_notebook, "stops")
    draw = random.Random(5)
    for _ in range(6):
        listen_again(notebook.page)
        before = notebook.ask(COUNTS)
        say(notebook, LONG)
        wanted = draw.randrange(2000, 30_000)
        notebook.wait_for(f"speaker.played_samples >= {before[1] + wanted}", 30)
        notebook.ask("speaker.stop()")
        sound = sound_of(notebook)
        notebook.wait_for("not speaker.playing", 20)
        notebook.page.wait_for_timeout(100)
        received, played, dropped = (
            now - then for now, then in zip(notebook.ask(COUNTS), before, strict=True)
        )
        assert received == played + dropped == len(sound) // 2
        assert dropped > 0

        stream, counted = loud(heard(notebook.page)), loud(sound[: 2 * played])
        assert np.array_equal(stream[: counted.size], counted), "what counts as played came out"
        assert stream.size - counted.size <= QUANTUM, "and no more than one quantum of a fade"

        # What the conversation keeps is what left the loudspeaker, to a quantum.
        item_id = notebook.ask("list(speaker.items)[-1]")
        notebook.wait_for(f"session.conversation.audio_bytes[{item_id!r}] < {len(sound)}", 10)
        kept = notebook.ask(f"session.conversation.audio_bytes[{item_id!r}]") // 2
        late = latency_s(notebook.page) * 24_000
        assert 0 <= played - kept <= late + QUANTUM + 24
    assert notebook.errors == []


def second_page(notebook: Notebook) -> Page:
    """The same notebook in another tab."""
    notebook.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page = notebook.page.context.new_page()
    page.add_init_script(LISTENER)
    page.goto(notebook.page.url.replace("?reset", ""), wait_until="domcontentloaded")
    expect(panel(page)).to_be_visible(timeout=START_S * 1000)
    return page


def test_one_of_two_pages_plays_and_the_other_can_take_over(open_notebook: OpenNotebook) -> None:
    notebook = speaker_notebook(open_notebook, "tabs")
    first, second = notebook.page, second_page(notebook)
    expect(panel(second)).to_contain_text("Sound plays in another page")
    assert open_contexts(second) == 0
    say(notebook, LONG)
    sound = sound_of(notebook)
    expect(panel(first)).to_contain_text("Speaking")
    notebook.wait_for("speaker.played_samples > 24_000", 20)
    panel(second).get_by_role("button", name="Play here").click()
    expect(panel(first)).to_contain_text("Sound plays in another page")
    expect(panel(second)).to_contain_text("Speaking")
    notebook.wait_for("not speaker.playing", 60)
    assert notebook.ask(COUNTS) == (len(sound) // 2, len(sound) // 2, 0)
    assert open_contexts(first) == 0

    # The second page went on where the first one was when it last reported: 0.1 s before, or
    # more where the machine is busy.
    one, two, whole = loud(heard(first)), loud(heard(second)), loud(sound)
    assert np.array_equal(one, whole[: one.size])
    assert np.array_equal(two, whole[-two.size :])
    assert 0 <= one.size + two.size - whole.size <= 2 * 24_000
    assert notebook.errors == []


def test_a_reload_goes_on_with_the_reply(open_notebook: OpenNotebook) -> None:
    notebook = speaker_notebook(open_notebook, "reload")
    notebook.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    say(notebook, LONG)
    sound = sound_of(notebook)
    notebook.wait_for("speaker.played_samples > 12_000", 20)
    notebook.page.add_init_script(LISTENER)
    notebook.page.goto(notebook.page.url.replace("?reset", ""), wait_until="domcontentloaded")
    notebook.wait_for(ALL_TOLD, 90)
    assert notebook.ask(COUNTS) == (len(sound) // 2, len(sound) // 2, 0)
    tail, whole = loud(heard(notebook.page)), loud(sound)
    assert np.array_equal(tail, whole[-tail.size :])


def test_a_page_that_is_closed_leaves_nothing_playing(open_notebook: OpenNotebook) -> None:
    notebook = speaker_notebook(open_notebook, "closed")
    say(notebook, LONG)
    notebook.wait_for("speaker.played_samples > 6_000", 20)
    notebook.page.close()
    notebook.wait_for("speaker.owner == '' and not speaker.playing", 20)
    received, played, dropped = notebook.ask(COUNTS)
    assert 0 < played < received - dropped, "the rest waits for the next page"


def test_a_kernel_that_restarts_silences_the_page(open_notebook: OpenNotebook) -> None:
    notebook = speaker_notebook(open_notebook, "restart")
    say(notebook, LONG)
    notebook.wait_for("speaker.played_samples > 6_000", 20)
    expect(panel(notebook.page)).to_contain_text("Speaking")
    notebook.page.evaluate(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    expect(panel(notebook.page)).to_contain_text("The kernel is gone", timeout=30_000)
    expect(panel(notebook.page).get_by_role("button", name="Stop")).to_be_disabled()
    assert open_contexts(notebook.page) == 0


#: Headless Chromium lets everything sound, whatever it is told: the rule of a browser with a
#: person before it is put in front of the real context, which is really suspended meanwhile.
GESTURE = """(() => {
  const Context = globalThis.AudioContext;
  let asked = false;
  addEventListener("pointerdown", () => (asked = true), { capture: true });
  globalThis.AudioContext = class extends Context {
    constructor(options) {
      super(options);
      if (!asked) void super.suspend();
    }
    resume() {
      return asked ? super.resume() : new Promise(() => {});
    }
  };
})()"""


def test_a_browser_that_wants_a_gesture_gets_a_button(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("speaker_gesture.ipynb", CELLS)
    notebook.page.evaluate(LISTENER)
    notebook.page.evaluate(GESTURE)
    notebook.run_all()
    say(notebook, SHORT)
    sound = sound_of(notebook)
    enable = panel(notebook.page).get_by_role("button", name="Enable sound")
    expect(enable).to_be_visible()
    expect(panel(notebook.page)).to_contain_text("A reply waits for you (")
    assert notebook.ask("speaker.played_samples") == 0
    enable.click()
    expect(enable).to_be_hidden()
    notebook.wait_for("not speaker.playing", 60)
    assert_same(heard(notebook.page), sound)  # nothing was lost while it waited
    assert notebook.ask(COUNTS) == (len(sound) // 2, len(sound) // 2, 0)
