"""The record that stays in a notebook: when it is displayed, when it is updated, what is in it."""

from __future__ import annotations

import time
import types
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets.widgets import static_html
from tests.conftest import lacking
from tests.session.exports.talks import voice
from tests.session.scripted import Script

pytestmark = pytest.mark.server


class Shell:
    """A kernel's shell, as far as a record needs one."""

    kernel = object()

    def __init__(self) -> None:
        self.outputs: dict[str, list[dict[str, str]]] = {}
        self.names: set[str] = set()
        self.hooks: list[tuple[str, Callable[..., None]]] = []
        self.events = types.SimpleNamespace(
            register=lambda name, fn: self.hooks.append((name, fn)),
            unregister=lambda name, fn: self.hooks.remove((name, fn)),
        )
        self.display_pub = self

    def publish(
        self, *, data: dict[str, str], metadata: Any, transient: dict[str, str], update: bool
    ) -> None:
        name = transient["display_id"]
        assert update == (name in self.names), "a name is displayed once, then updated"
        self.names.add(name)
        if not update or name in self.outputs:
            self.outputs.setdefault(name, []).append(data)

    def begin_cell(self) -> None:
        self._call("pre_run_cell")

    def end_cell(self) -> None:
        self._call("post_run_cell")

    def run(self, *panels: Any) -> None:
        """A cell that shows these."""
        self.begin_cell()
        for panel in panels:
            panel._repr_mimebundle_()
        self.end_cell()

    def _call(self, event: str) -> None:
        for name, hook in tuple(self.hooks):
            if name == event:
                hook(None)

    @property
    def now(self) -> list[str]:
        """What stands in each output, in the order in which they were displayed."""
        return [versions[-1]["text/html"] for versions in self.outputs.values()]

    @property
    def only(self) -> list[dict[str, str]]:
        (versions,) = self.outputs.values()
        return versions

    def until(self, words: str) -> str:
        """The output that was displayed last, as soon as it says that."""
        deadline = time.monotonic() + 10
        while words not in self.now[-1]:
            assert time.monotonic() < deadline, self.now[-1][:2_000]
            time.sleep(0.02)
        return self.now[-1]


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    made = Shell()
    monkeypatch.setattr(static_html, "_shell", lambda: made)
    return made


@pytest.fixture(scope="module")
def server() -> Iterator[rt.Server]:
    with rt.serve("simulated", seed=1) as running:
        yield running


def test_one_record_below_the_panels_of_a_cell(server: rt.Server, shell: Shell) -> None:
    with rt.connect(server.url, quiet=True) as session:
        usage, transcript = rt.UsageTable(session), rt.Transcript(session)
        assert shell.outputs == {}
        usage._repr_mimebundle_()
        transcript._repr_mimebundle_()
        assert shell.outputs == {}, "not above the panel: when its cell is over"
        shell.end_cell()
        shell.end_cell()
        assert len(shell.only) == 1 and "nothing was said yet" in shell.only[0]["text/html"]
        assert shell.only[0]["text/plain"] == "Record of the talk: nothing was said yet"
        session.say("count from 1 to 5").wait(20)
        shell.until("1, 2, 3, 4, 5.")
    shell.until("The session is over: it was closed here")


def test_a_cell_that_is_run_again_has_the_record_again(server: rt.Server, shell: Shell) -> None:
    with rt.connect(server.url, quiet=True) as session:
        transcript = rt.Transcript(session)
        shell.run(transcript)
        session.say("count from 1 to 5").wait(20)
        shell.outputs.clear()  # as the page does, and the kernel is not told
        shell.run(transcript, rt.UsageTable(session))
        assert len(shell.outputs) == 1, "one record a cell"
        assert "1, 2, 3, 4, 5." in shell.now[0], "the talk until then"
        session.say("count from 6 to 9").wait(20)
        assert "1, 2, 3, 4, 5." in shell.until("6, 7, 8, 9.")
    shell.until("The session is over")
    shell.outputs.clear()
    shell.run(transcript)
    assert "The session is over" in shell.now[0], "after the end of the talk as well"


def test_the_record_is_where_a_panel_was_shown_last(server: rt.Server, shell: Shell) -> None:
    with rt.connect(server.url, quiet=True) as session:
        shell.run(rt.Transcript(session))
        session.say("count from 1 to 5").wait(20)
        shell.run(rt.UsageTable(session))
        session.say("count from 6 to 9").wait(20)
        shell.until("6, 7, 8, 9.")
        older, newer = shell.now
        assert older.count("<") == 2 and static_html.ELSEWHERE in older, "one line, no second copy"
        assert newer.count("1, 2, 3, 4, 5.") == 1
        shell.run()
        assert len(shell.outputs) == 2, "a cell that shows no panel is left alone"
        rt.Transcript(session)._repr_mimebundle_()  # by a button, while no cell runs
        shell.run()
        assert len(shell.outputs) == 2, "and so is the one after"


def test_a_cell_that_resumes_and_shows_a_panel_has_the_record(
    server: rt.Server, shell: Shell
) -> None:
    with rt.connect(server.url, quiet=True) as session:
        shell.run(rt.Transcript(session))
        session.say("count from 1 to 5").wait(20)
        session.close()
        shell.until("The session is over")
        shell.begin_cell()
        session.resume()
        rt.Transcript(session)._repr_mimebundle_()
        shell.end_cell()
        assert len(shell.outputs) == 2
        assert "1, 2, 3, 4, 5." in shell.now[1] and "session is over" not in shell.now[1]


def test_where_a_panel_was_a_live_talk_has_a_pointer_to_its_record(
    server: rt.Server, shell: Shell
) -> None:
    with rt.connect(server.url, quiet=True) as session:
        (bundle, _) = rt.UsageTable(session)._repr_mimebundle_()
        # "No response yet" would be wrong as soon as there is one.
        assert "UsageTable of" in bundle["text/html"]
        assert "see the record of the talk" in bundle["text/html"]
        session.say("count from 1 to 5").wait(20)
    (bundle, _) = rt.UsageTable(session)._repr_mimebundle_()
    assert "<table" in bundle["text/html"], "what is over stays as it is"


def test_a_cell_ends_with_what_was_said_in_it(server: rt.Server, shell: Shell) -> None:
    with rt.connect(server.url, quiet=True) as session:
        rt.UsageTable(session)._repr_mimebundle_()
        shell.end_cell()
        session.say("count from 1 to 5").wait(20)
        session.say(voice(1.0)).wait(20)
        # A cell that is executed without a page may be the last thing that the kernel does.
        shell.end_cell()
        assert "1, 2, 3, 4, 5." in shell.only[-1]["text/html"]
        assert "[simulated:" in shell.only[-1]["text/html"]


def test_updates_come_at_most_once_a_second(server: rt.Server, shell: Shell) -> None:
    with rt.connect(server.url, quiet=True) as session:
        rt.UsageTable(session)._repr_mimebundle_()
        shell.end_cell()
        begun = time.monotonic()
        for n in range(30):
            session.say(f"repeat {n}").wait(20)
        shell.until("repeat 29")
        took = time.monotonic() - begun
        assert len(shell.only) <= took / static_html.EVERY_S + 3


def test_it_can_be_switched_off(server: rt.Server, shell: Shell) -> None:
    with rt.connect(server.url, keep_in_notebook=False, quiet=True) as session:
        rt.UsageTable(session)._repr_mimebundle_()
        shell.end_cell()
        assert shell.outputs == {}


def test_two_sessions_have_two(server: rt.Server, shell: Shell) -> None:
    with (
        rt.connect(server.url, quiet=True) as one,
        rt.connect(server.url, quiet=True) as other,
    ):
        rt.UsageTable(one)._repr_mimebundle_()
        rt.UsageTable(other)._repr_mimebundle_()
        shell.end_cell()
        assert len(shell.outputs) == 2


def test_sound_only_on_request_and_within_bounds(
    server: rt.Server, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_html, "AUDIO_BYTES", 30_000)  # 3.75 s
    with rt.connect(server.url, static_audio=True, quiet=True) as session:
        rt.UsageTable(session)._repr_mimebundle_()
        shell.end_cell()
        session.say("count from 1 to 20").wait(20)
        session.say("count from 1 to 5").wait(20)
        shell.end_cell()
        html = shell.only[-1]["text/html"]
        assert html.count("<audio") == 1 and "sound of older lines is not kept" in html
    with rt.connect(server.url, quiet=True) as session:
        rt.UsageTable(session)._repr_mimebundle_()
        session.say("count from 1 to 5").wait(20)
        shell.end_cell()
        assert "<audio" not in list(shell.outputs.values())[-1][-1]["text/html"]


def test_a_record_that_fails_stops_nothing(
    server: rt.Server, shell: Shell, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise OSError("no more room")

    with rt.connect(server.url, quiet=True) as session:
        rt.UsageTable(session)._repr_mimebundle_()
        monkeypatch.setattr(shell, "publish", broken)
        shell.end_cell()
        assert session.say("hello").wait(20).text and session.callback_errors == ()
    assert "record in the notebook could not be made" in caplog.text


def test_it_does_not_keep_a_session_alive(server: rt.Server, shell: Shell) -> None:
    import gc
    import weakref

    session = rt.connect(server.url, quiet=True)
    session.say("count from 1 to 5").wait(20)
    static_html.keep(session)
    shell.end_cell()
    gone = weakref.ref(session)
    del session
    deadline = time.monotonic() + 5
    while gone() is not None and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.05)
    assert gone() is None
    shell.until("The session is over")
    deadline = time.monotonic() + 5
    while shell.hooks and time.monotonic() < deadline:
        time.sleep(0.02)
    assert shell.hooks == [], "the kernel's shell does not hold what was said either"


def test_a_session_that_goes_on_goes_on_in_its_record(server: rt.Server, shell: Shell) -> None:
    with rt.connect(server.url, quiet=True) as session:
        static_html.keep(session)
        shell.end_cell()
        session.say("count from 1 to 5").wait(20)
        session.close()
        shell.until("The session is over")
        session.resume()
        session.say("count from 6 to 9").wait(20)
        shell.end_cell()
        html = shell.until("6, 7, 8, 9.")
        assert "1, 2, 3, 4, 5." in html and "session is over" not in html
        assert html.count("1, 2, 3, 4, 5.") == 1


def test_outside_of_a_notebook_nothing_happens(server: rt.Server) -> None:
    assert static_html._shell() is None
    with rt.connect(server.url, quiet=True) as session:
        assert rt.UsageTable(session)._repr_mimebundle_() is not None
        assert session not in static_html._keepers


def test_panels_say_a_line_where_no_widget_runs(server: rt.Server) -> None:
    with rt.connect(server.url, quiet=True) as session:
        data = rt.UsageTable(session)._repr_mimebundle_()[0]
        assert "no response yet" in data["text/html"]


def _executed(url: str) -> Any:
    import nbclient
    import nbformat

    cells = [
        f"import rtwidgets as rt; session = rt.connect({url!r}, quiet=True)",
        "display(rt.UsageTable(session)); print('after')",
        "turn = session.say('a <b>question</b>').wait(10)",
        "session.close()",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(book, timeout=60, kernel_name="python3").execute()
    return book


def test_in_a_real_kernel() -> None:
    if not all(map(find_spec, ("nbformat", "nbclient", "nbconvert", "ipykernel"))):
        lacking("nbclient is not installed: pip install -e '.[lab,dev]'")
    import nbconvert

    with Script() as script:
        book = _executed(script.url)
    outputs = [cell["outputs"] for cell in book.cells]
    kinds = [o["output_type"] for o in outputs[1]]
    assert kinds == ["display_data", "stream", "display_data"], "below the panel, in its cell"
    html = outputs[1][2]["data"]["text/html"]
    assert "Hello there" in html and "a &lt;b&gt;question&lt;/b&gt;" in html
    assert "The session is over: it was closed here" in html
    assert outputs[2] == outputs[3] == []
    page, _ = nbconvert.HTMLExporter().from_notebook_node(book)
    assert "Hello there" in page and "<b>question</b>" not in page
