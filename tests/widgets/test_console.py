"""The console: what it says about the session, what it sends, and the panels inside."""

from __future__ import annotations

import pytest

from rtwidgets.errors import SessionClosed
from rtwidgets.protocol.events import Error, ErrorDetails, InputAudioBufferSpeechStarted
from rtwidgets.protocol.work import Respond
from rtwidgets.session.events.notices import SessionEnded
from rtwidgets.session.settings.flat import session_config
from rtwidgets.widgets import (
    Console,
    EventLog,
    Microphone,
    SessionPanel,
    Speaker,
    Timeline,
    Transcript,
    UsageTable,
    Waveform,
)
from rtwidgets.widgets.console_panels import PANELS
from tests.widgets.talk import Page, Talk


@pytest.fixture
def talk() -> Talk:
    return Talk()


def shown(talk: Talk) -> tuple[Console, Page]:
    panel = Console(talk)  # type: ignore[arg-type]
    page = Page(panel)
    talk.advance(1)
    return panel, page


def test_it_is_made_of_panels_that_stand_alone(talk: Talk) -> None:
    panel, page = shown(talk)
    kinds = [
        *(Microphone, Speaker, Waveform, Transcript),
        *(Timeline, EventLog, UsageTable, SessionPanel),
    ]
    assert len(panel.panels) == len(kinds)
    assert all(map(isinstance, panel.panels, kinds))
    assert all(inside.session is panel.session for inside in panel.panels)
    for inside in panel.panels:
        assert page.state[inside.word] == f"anywidget:{inside.model_id}"


def test_it_says_what_it_is_connected_to(talk: Talk) -> None:
    panel, _ = shown(talk)
    talk.pair.update(session_config({"voice": "verse"}))
    talk.advance(1)
    assert (panel.title, panel.model_name, panel.voice) == ("test server", "test-model", "verse")
    assert repr(panel) == "Console of test server: idle; no response yet"


def test_a_model_that_the_name_holds_is_not_said_twice(talk: Talk) -> None:
    talk.name = "OpenAI test-model"
    panel, _ = shown(talk)
    assert (panel.title, panel.model_name) == ("OpenAI test-model", "")


def test_a_typed_turn_goes_to_the_session(talk: Talk) -> None:
    panel, page = shown(talk)
    page.send("say", text="  hello  ")
    talk.advance()
    assert talk.said == ["hello"]
    talk.advance(1)
    assert (panel.activity, panel.busy) == ("thinking", True)
    talk.pair.answer("hi")
    talk.advance(1)
    assert panel.activity == "idle"
    assert panel.usage == "free (offline) · 4 tokens · 1 response", "what it cost comes first"
    assert [row["text"] for row in panel.transcript.rows] == ["hello", "hi"]


def test_an_empty_turn_is_none(talk: Talk) -> None:
    _, page = shown(talk)
    page.send("say", text=" \n ")
    talk.advance(1)
    assert talk.said == []


def test_stop_stops_the_answer(talk: Talk) -> None:
    panel, page = shown(talk)
    page.send("say", text="go")
    talk.advance()
    work = talk.pair.take(Respond)
    talk.pair.server.text_delta(work.response_id, "on and on")
    talk.pair.settle()
    talk.advance(1)
    page.send("interrupt")
    talk.advance(1)
    assert talk.interrupts == 1
    assert panel.activity == "idle"


def test_sound_that_goes_on_is_speaking(talk: Talk) -> None:
    panel, _ = shown(talk)
    speaker = Page(panel.speaker)
    speaker.send("hello")
    talk.say("go")
    talk.pair.answer("word", audio_ms=2000)
    talk.advance(1)
    assert talk.state == "idle"
    assert panel.activity == "speaking"
    (item_id,) = panel.speaker.items
    count = {"item_id": item_id, "received": 48_000, "played": 48_000, "dropped": 0}
    speaker.send("played", gen=0, items=[count], waiting=0, underruns=0)
    talk.advance(1)
    assert panel.activity == "idle"


def test_an_open_microphone_is_listening(talk: Talk) -> None:
    panel, _ = shown(talk)
    panel.microphone.recording = True
    talk.advance(1)
    assert panel.activity == "listening"
    panel.microphone.recording = False
    talk.advance(1)
    assert panel.activity == "idle"


def test_every_panel_says_alike_who_is_at_it(talk: Talk) -> None:
    alone = SessionPanel(talk)  # type: ignore[arg-type]
    panel, _ = shown(talk)
    said = (panel, alone, panel.session_panel)
    for recording, word in ((True, "listening"), (False, "idle"), (True, "listening")):
        panel.microphone.recording = recording
        talk.advance(1.5)
        assert [one.activity for one in said] == [word] * 3
    panel.close()
    talk.advance(1)
    assert alone.activity == "idle", "a microphone that is gone listens no more"


def test_a_microphone_that_comes_later_is_noticed(talk: Talk) -> None:
    alone = SessionPanel(talk)  # type: ignore[arg-type]
    talk.advance(1)
    microphone = Microphone(talk)  # type: ignore[arg-type]
    talk.advance(1)
    microphone.recording = True
    talk.advance(1)
    assert alone.activity == "listening"


def test_its_help_names_the_panels_that_there_are() -> None:
    for word in PANELS:
        assert f"``{word}``" in str(Console.__doc__)
        assert Console.class_traits()[word]
    assert "PANELS" not in str(Console.__doc__)


def test_an_error_is_named_until_something_goes_on(talk: Talk) -> None:
    panel, _ = shown(talk)
    talk.events(Error(error=ErrorDetails(message="no such voice")))
    talk.advance(1)
    assert (panel.activity, panel.detail) == ("error", "no such voice")
    talk.events(InputAudioBufferSpeechStarted(item_id="i"))
    talk.advance(1)
    assert (panel.activity, panel.detail) == ("listening", "")


def test_an_error_in_the_middle_of_an_answer_leaves_a_way_to_stop_it(talk: Talk) -> None:
    panel, _ = shown(talk)
    talk.say("go")
    talk.events(Error(error=ErrorDetails(message="no such item")))
    talk.advance(1)
    assert (panel.activity, panel.detail, panel.busy) == ("thinking", "no such item", True)


def test_the_end_is_named(talk: Talk) -> None:
    panel, _ = shown(talk)
    talk.closed, talk.why_closed = True, "the server went away"
    talk.events(SessionEnded(reason="the server went away", expected=False))
    talk.advance(1)
    assert (panel.activity, panel.detail) == ("closed", "the server went away")


def test_what_goes_wrong_is_said_under_it_until_the_next_try(talk: Talk) -> None:
    panel, page = shown(talk)

    def refuse(text: str) -> None:
        raise SessionClosed("the session is over")

    say, talk.say = talk.say, refuse  # type: ignore[method-assign]
    page.send("say", text="hello")
    talk.advance(1)
    assert panel.problem == "on_message: SessionClosed: the session is over"
    talk.say = say  # type: ignore[method-assign]
    page.send("say", text="hello")
    talk.advance(1)
    assert panel.problem == ""


def test_closing_closes_every_panel(talk: Talk) -> None:
    panel, _ = shown(talk)
    assert len(talk.subscribers) == 9
    panel.close()
    assert talk.subscribers == []


def test_an_unknown_setting_is_refused_before_anything_is_made(talk: Talk) -> None:
    with pytest.raises(TypeError, match="Console has no setting 'hight'"):
        Console(talk, hight="3px")  # type: ignore[arg-type]
    assert talk.subscribers == []


def test_it_holds_the_panels_that_are_asked_for(talk: Talk) -> None:
    panel = Console(talk, panels=["usage_table", "transcript", "event_log"])  # type: ignore[arg-type]
    talk.advance(1)
    assert [inside.word for inside in panel.panels] == ["usage_table", "transcript", "event_log"]
    assert panel.tabs == ["usage_table", "event_log"]
    assert panel.microphone is None
    assert panel.timeline is None
    assert len(talk.subscribers) == 4
    assert repr(panel) == "Console of test server: idle; no response yet"


def test_a_console_without_panels_has_its_line_still(talk: Talk) -> None:
    panel = Console(talk, panels=[])  # type: ignore[arg-type]
    page = Page(panel)
    page.send("say", text="hello")
    talk.advance(1)
    assert talk.said == ["hello"]
    assert panel.tabs == []
    assert repr(panel) == "Console of test server: thinking"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("timelime", "did you mean 'timeline'"),
        ("usage", "did you mean 'usage_table'"),
        ("xyz", "it has microphone, speaker, waveform, transcript, timeline, event_log"),
    ],
)
def test_an_unknown_panel_is_refused_before_anything_is_made(
    talk: Talk, word: str, hint: str
) -> None:
    with pytest.raises(ValueError, match=f"Console has no panel '{word}'; {hint}"):
        Console(talk, panels=["transcript", word])  # type: ignore[arg-type]
    assert talk.subscribers == []


def test_consoles_of_one_session_have_one_microphone_and_one_loudspeaker(talk: Talk) -> None:
    first, _ = shown(talk)
    second, _ = shown(talk)
    assert second.microphone is first.microphone
    assert second.speaker is first.speaker
    assert second.transcript is not first.transcript
    assert len(talk.players) == 1
    first.close()
    assert not second.speaker.closed
    second.close()
    assert second.speaker.closed
    assert talk.subscribers == []


def test_a_panel_that_its_user_made_stays_when_the_console_goes(talk: Talk) -> None:
    mine = Speaker(talk)  # type: ignore[arg-type]
    panel, _ = shown(talk)
    assert panel.speaker is mine
    panel.close()
    assert not mine.closed


def test_a_closed_loudspeaker_is_not_taken(talk: Talk) -> None:
    closed = Speaker(talk)  # type: ignore[arg-type]
    closed.close()
    panel, _ = shown(talk)
    assert panel.speaker is not closed


def changes(talk: Talk, page: Page) -> int:
    """How often a panel changes in 3 s of a talk in which something happens all the time."""
    before = len(page.updates)
    for _ in range(60):
        talk.events(InputAudioBufferSpeechStarted(item_id="i"))
        talk.advance(0.05)
    return len(page.updates) - before


def test_a_tab_that_nobody_has_open_changes_once_a_second(talk: Talk) -> None:
    panel, page = shown(talk)
    events = Page(panel.event_log)
    assert changes(talk, events) > 6  # no page yet that would tell
    page.send("look", view="1", tab="usage_table")
    talk.advance(2)
    assert 2 <= changes(talk, events) <= 4
    page.send("look", view="2", tab="event_log")
    talk.advance(2)
    assert changes(talk, events) > 6
    page.send("leave", view="2")
    talk.advance(2)
    assert changes(talk, events) <= 4
    assert panel.event_log.events == len(talk.events_log)


def test_a_panel_that_is_displayed_alone_is_always_in_sight(talk: Talk) -> None:
    panel, page = shown(talk)
    page.send("look", view="1", tab="")
    talk.advance(2)
    panel.event_log._repr_mimebundle_()
    talk.advance(2)
    assert changes(talk, Page(panel.event_log)) > 6
    page.send("look", view="1", tab="timeline")
    talk.advance(2)
    assert changes(talk, Page(panel.event_log)) > 6
