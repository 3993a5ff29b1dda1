"""The first conversation, as a newcomer has it: press record, speak, read, hear, count.

The browser's microphone is a recording of a person; JupyterLab, Chromium, the kernel, the
session, the server and (in one of the two tests) the speech models are the real ones.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from rtwidgets.audio import read_sound
from tests.e2e.conftest import OpenNotebook
from tests.e2e.lab import Notebook, microphone_wav
from tests.speech import recordings, word_error_rate

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: Said in one breath: a longer pause would end the turn.
SPOKEN = "check-number-dial-again"
#: Said in two breaths: the second one interrupts the answer to the first.
TWICE = "privacy-prompt"
STATUSES = "[r.status for r in session.conversation.responses.values()]"


LISTEN_FOR_PROBLEMS = """
import logging, rtwidgets as rt
problems = []
class Note(logging.Handler):
    def emit(self, record): problems.append(record.getMessage())
logging.getLogger().addHandler(Note(logging.WARNING))
"""

SHOW_THE_CONSOLE = """
console = rt.Console(session)
mic, speaker = console.microphone, console.speaker
console
"""


def talk_notebook(open_notebook: OpenNotebook, engine: str) -> Notebook:
    notebook = open_notebook(
        f"talk_{engine}.ipynb",
        [LISTEN_FOR_PROBLEMS, f"session = rt.connect(engine={engine!r})", SHOW_THE_CONSOLE],
    )
    notebook.run_all()
    return notebook


def record(notebook: Notebook, microphone: Path, name: str) -> str:
    """Press record with a recording as the microphone; returns its words."""
    path, text = recordings()[name]
    microphone_wav(microphone, read_sound(path))
    # Processing alters the recording; a person's voice in a room is what it is made for.
    notebook.ask(
        "[setattr(mic, name, False) for name in"
        " ('echo_cancellation', 'noise_suppression', 'auto_gain_control')]"
    )
    notebook.page.get_by_role("button", name="Record").first.click()
    return text


def speak_and_listen(notebook: Notebook, microphone: Path) -> str:
    """Press record, let the recording be heard, wait until the answer was played."""
    text = record(notebook, microphone, SPOKEN)
    notebook.wait_for(f"'in_progress' not in ({STATUSES} or ['in_progress'])", 90)
    heard = notebook.ask("[session.conversation.text(i.id) for i in session.conversation.items]")
    assert notebook.ask(STATUSES) == ["completed"], f"{text!r} became {heard}"
    notebook.wait_for("speaker.received_samples > 0 and not speaker.playing", 90)
    return text


def assert_played_to_the_last_sample(notebook: Notebook) -> None:
    received, played, dropped = notebook.ask(
        "(speaker.received_samples, speaker.played_samples, speaker.dropped_samples)"
    )
    assert received == played + dropped
    assert (received > 0, dropped) == (True, 0)
    sent = notebook.ask("sum(session.conversation.audio_bytes.values()) // 2")
    assert received == sent


def assert_microphone_lost_nothing(notebook: Notebook) -> None:
    frames, lost, misplaced = notebook.ask(
        "(mic.frames_received, mic.frames_lost, mic.out_of_order)"
    )
    assert frames > 25
    assert (lost, misplaced) == (0, 0)


def assert_page_shows_the_turn(notebook: Notebook) -> None:
    page = notebook.page
    user, reply = notebook.ask(
        "[session.conversation.text(i.id) for i in session.conversation.items][:2]"
    )
    expect(page.get_by_text(user.strip()).first).to_be_visible()
    expect(page.get_by_text(reply.strip()[:40]).first).to_be_visible()
    expect(page.get_by_text("free (offline)").first).to_be_visible()
    # A canvas that was painted on holds something else than transparent black.
    painted = page.evaluate(
        "() => [...document.querySelectorAll('canvas')].filter(c => c.width && c.height && "
        "c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)).length"
    )
    assert painted >= 2, "the user's and the reply's waveform"


def assert_nothing_went_wrong(notebook: Notebook) -> None:
    assert notebook.ask("problems") == []
    assert notebook.errors == []


def test_the_simulated_engine(open_notebook: OpenNotebook, microphone: Path) -> None:
    notebook = talk_notebook(open_notebook, "simulated")
    # Its ear is loudness alone: a quiet word of this recording is near to a pause of 0.3 s.
    notebook.run("session.update(silence_duration_ms=900)")
    speak_and_listen(notebook, microphone)
    assert_microphone_lost_nothing(notebook)
    assert_played_to_the_last_sample(notebook)
    assert_page_shows_the_turn(notebook)
    heard = notebook.ask("session.conversation.text(session.conversation.items[0].id)")
    assert "simulated" in heard
    assert_nothing_went_wrong(notebook)


def test_speaking_stops_the_answer_at_once(open_notebook: OpenNotebook, microphone: Path) -> None:
    notebook = talk_notebook(open_notebook, "simulated")
    record(notebook, microphone, TWICE)
    notebook.wait_for("len(session.conversation.responses) == 2", 60)
    notebook.wait_for("speaker.dropped_samples > 0", 30)
    notebook.wait_for("not speaker.playing", 60)
    received, played, dropped = notebook.ask(
        "(speaker.received_samples, speaker.played_samples, speaker.dropped_samples)"
    )
    assert received == played + dropped
    first, second = notebook.ask(
        "[i.id for i in session.conversation.items if i.role == 'assistant'][:2]"
    )
    # The server forgot what was not heard: an item that was cut has no transcript any more.
    notebook.wait_for(f"session.conversation.text({first!r}) == ''", 10)
    assert notebook.ask(f"session.conversation.text({second!r})") != ""
    assert_nothing_went_wrong(notebook)


def test_a_recording_goes_on_whole_and_in_order_after_the_words(
    open_notebook: OpenNotebook, microphone: Path
) -> None:
    notebook = talk_notebook(open_notebook, "simulated")
    record(notebook, microphone, SPOKEN)
    notebook.wait_for("mic.frames_received >= 500", 60)
    notebook.page.get_by_role("button", name="Stop").first.click()
    assert_microphone_lost_nothing(notebook)
    assert_nothing_went_wrong(notebook)


@pytest.mark.engine
def test_the_offline_engine(open_notebook: OpenNotebook, microphone: Path) -> None:
    notebook = talk_notebook(open_notebook, "offline")
    text = speak_and_listen(notebook, microphone)
    heard = notebook.ask("session.conversation.text(session.conversation.items[0].id)")
    assert word_error_rate(text, heard) <= 0.25, f"{text!r} was heard as {heard!r}"
    assert_microphone_lost_nothing(notebook)
    assert_played_to_the_last_sample(notebook)
    assert_page_shows_the_turn(notebook)
    assert_nothing_went_wrong(notebook)
