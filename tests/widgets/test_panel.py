"""What every panel does: names, rates, threads, failures, goodbyes."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

import pytest
from traitlets import Int, Unicode

from rtwidgets.widgets import panel as panel_module
from rtwidgets.widgets.microphone import Microphone
from rtwidgets.widgets.panel import Panel
from rtwidgets.widgets.speaker import Speaker
from tests.widgets.talk import Page, Talk
from tests.widgets.voice import VoiceTalk


class Sample(Panel):
    """A small panel."""

    word = "sample"
    sends: ClassVar[frozenset[str]] = frozenset({"ping"})
    receives: ClassVar[frozenset[str]] = frozenset({"pong"})

    colour = Unicode("red", help="A setting.").tag(sync=True, setting=True)
    first = Int(0).tag(sync=True)
    second = Int(0).tag(sync=True)

    def __init__(self, session: Any, **settings: Any) -> None:
        self.shows = 0
        self.taken: list[tuple[dict[str, Any], list[bytes]]] = []
        self.raises: type[BaseException] | None = None
        super().__init__(session, **settings)

    def show(self, conversation: Any) -> None:
        self.shows += 1
        if self.raises is not None:
            raise self.raises("show is broken")
        self.first = self.shows
        self.second = self.shows

    def on_message(self, message: dict[str, Any], buffers: Any) -> None:
        self.taken.append((message, list(buffers)))


def test_an_unknown_setting_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(TypeError, match=r"Sample has no setting 'color'; did you mean 'colour'\?"):
        Sample(Talk(), color="blue")
    with pytest.raises(TypeError, match="it has colour, layout"):
        Sample(Talk(), zzz=1)
    with pytest.raises(TypeError, match="did you mean 'echo_cancellation'"):
        Microphone(VoiceTalk(), echo_cancelation=False)


def test_state_that_belongs_to_the_panel_is_no_setting() -> None:
    with pytest.raises(TypeError, match="no setting 'playing'"):
        Speaker(VoiceTalk(), playing=True)


def test_show_runs_at_once_and_then_at_most_ten_times_a_second() -> None:
    talk = Talk()
    panel = Sample(talk)
    talk.advance()
    assert panel.shows == 1
    for _ in range(1000):
        panel.refresh()
        talk.advance(0.001)
    assert 10 <= panel.shows <= 12
    talk.advance(10)
    shows = panel.shows
    talk.advance(10)
    assert panel.shows == shows, "nothing runs while nothing changes"


def test_what_show_sets_goes_out_in_one_message() -> None:
    talk = Talk()
    panel = Sample(talk)
    page = Page(panel)
    talk.advance(1)
    assert page.updates == [{"first": 1, "second": 1}]


def test_a_trait_that_a_cell_sets_meanwhile_is_sent_as_well() -> None:
    panel = Sample(Talk())
    page = Page(panel)
    with panel.together():
        panel.first = 7
        thread = threading.Thread(target=lambda: setattr(panel, "colour", "blue"))
        thread.start()
        thread.join()
        assert page.updates == [{"colour": "blue"}]
    assert page.updates[1:] == [{"first": 7}]


def test_a_failure_in_a_callback_is_shown_under_the_panel() -> None:
    talk = Talk()
    panel = Sample(talk)
    page = Page(panel)
    talk.advance(1)
    panel.raises = ValueError
    panel.refresh()
    talk.advance(1)
    assert page.state["problem"] == "show: ValueError: show is broken"
    panel.raises = None
    panel.refresh()
    talk.advance(1)
    assert panel.shows >= 3, "the next one runs all the same"


def test_messages_reach_the_loop_thread_in_order_with_their_buffers_copied() -> None:
    talk = Talk()
    panel = Sample(talk)
    memory = bytearray(b"abc")
    for n in range(3):
        content = {"kind": "pong", "page": "p", "n": n}
        data = {"method": "custom", "content": content}
        panel._handle_msg({"content": {"data": data}, "buffers": [memoryview(memory)]})
    assert panel.taken == []
    memory[:] = b"xyz"
    talk.advance()
    assert [message["n"] for message, _ in panel.taken] == [0, 1, 2]
    assert panel.taken[0][1] == [b"abc"]


@pytest.mark.parametrize("content", [{"kind": "other"}, {"no": "kind"}, "text", None, 7])
def test_a_message_of_no_known_kind_is_left_alone(content: Any) -> None:
    talk = Talk()
    panel = Sample(talk)
    data = {"method": "custom", "content": content}
    panel._handle_msg({"content": {"data": data}, "buffers": []})
    talk.advance()
    assert panel.taken == []
    assert panel.problem == ""


def test_only_the_kinds_of_the_contract_are_sent() -> None:
    panel = Sample(Talk())
    page = Page(panel)
    panel.post("ping", n=1)
    assert page.messages == [{"kind": "ping", "n": 1}]
    with pytest.raises(ValueError, match="'pang'"):
        panel.post("pang")


def test_a_closed_panel_hears_nothing_more() -> None:
    talk = Talk()
    panel = Sample(talk)
    talk.advance(1)
    shows = panel.shows
    panel.close()
    panel.close()
    talk.say("hello")
    talk.advance(1)
    assert panel.shows == shows
    panel.post("ping")


def test_a_closed_panel_shows_nothing_more() -> None:
    talk = Talk()
    panel = Sample(talk)
    talk.advance(1)
    panel.after(1, panel.refresh)
    panel.close()
    shows = panel.shows
    talk.advance(5)
    assert panel.shows == shows


def test_panels_of_one_session_know_one_another() -> None:
    talk, other = Talk(), Talk()
    first, second, third = Sample(talk), Sample(talk), Sample(other)
    assert first.peers() == [second]
    assert third.peers() == []


def test_a_page_cannot_tell_two_panels_apart_without_their_ids() -> None:
    talk = Talk()
    assert len({Sample(talk).panel_id for _ in range(20)}) == 20


def test_a_browser_half_that_is_not_built_says_so(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(panel_module, "STATIC", tmp_path)
    panel_module._bundle.cache_clear()
    try:
        assert "sample.js is missing" in Page(Sample(Talk())).state["_esm"]
        panel_module._bundle.cache_clear()
        (tmp_path / "sample.js").write_text("export default {};")
        assert Page(Sample(Talk())).state["_esm"] == "export default {};"
    finally:
        panel_module._bundle.cache_clear()


def test_a_saved_notebook_shows_html_where_a_panel_has_some() -> None:
    class Saved(Sample):
        def static_html(self) -> str:
            return "<p>said</p>"

    data, _ = Saved(Talk())._repr_mimebundle_()
    assert data["text/html"] == "<p>said</p>"
    assert "Sample" in Sample(Talk())._repr_mimebundle_()[0]["text/html"], "a line, else"
