"""The session's panel: a form that sends what was changed, once, and says what became of it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from rtwidgets.errors import ApiError
from rtwidgets.protocol import BETA, GA, Dialect
from rtwidgets.protocol.config import SessionConfig
from rtwidgets.protocol.events import Error
from rtwidgets.session.settings.flat import session_config
from rtwidgets.session.settings.granted import Asked, AskedVsGranted
from rtwidgets.widgets.session_panel import SessionPanel
from rtwidgets.widgets.speaker import Speaker
from tests.widgets.talk import Page, Talk
from tests.widgets.voice import VoiceTalk


class SettingsTalk(Talk):
    """A ``Talk`` whose settings can be changed; what the server refuses is raised."""

    def __init__(self, dialect: Dialect = GA) -> None:
        super().__init__(dialect)
        self.dialect = dialect
        self.asked = Asked()
        self.updates: list[SessionConfig] = []
        self.threads: list[str] = []

    @property
    def asked_vs_granted(self) -> AskedVsGranted:
        return AskedVsGranted(self.asked.config, self.conversation.session)

    def update(self, **changes: Any) -> SessionConfig:
        self.threads.append(threading.current_thread().name)
        session = self.conversation.session
        config = session_config(changes, current=session, dialect=self.dialect.name)
        self.updates.append(config)
        event = self.client.update_session(config)
        self.asked.add(str(event.event_id), config)
        for answer in self.pair.settle():
            if isinstance(answer, Error):
                self.asked.refused(str(event.event_id))
                said = answer.error
                raise ApiError(said.message, code=said.code, param=said.param)
        return self.conversation.session


@pytest.fixture
def talk() -> SettingsTalk:
    return SettingsTalk()


def shown(talk: Talk) -> tuple[SessionPanel, Page]:
    panel = SessionPanel(talk)  # type: ignore[arg-type]
    page = Page(panel)
    talk.advance(1)
    return panel, page


def apply(page: Page, talk: Talk, **changes: Any) -> None:
    page.send("apply", changes={name.replace("__", "."): v for name, v in changes.items()})
    talk.advance()
    thread = page.panel._thread
    if thread is not None:
        thread.join(10)
    talk.advance(1)


def line(page: Page, name: str) -> dict[str, Any]:
    return next(field for field in page.state["fields"] if field["name"] == name)


def test_the_form_shows_what_is_in_force(talk: SettingsTalk) -> None:
    _, page = shown(talk)
    assert line(page, "voice")["value"] == "alloy"
    assert "marin" in line(page, "voice")["choices"]
    threshold = line(page, "threshold")
    assert (threshold["value"], threshold["least"], threshold["most"]) == (0.5, 0, 1)
    assert threshold["when"] == ["server_vad"]
    assert (threshold["state"], threshold["asked"]) == ("", "")
    assert page.state["facts"] == "test-model · GA dialect · sess_1"
    assert page.state["expires_at"] == 1_800_000_000


def test_what_was_changed_is_one_update_and_nothing_else(talk: SettingsTalk) -> None:
    _, page = shown(talk)
    apply(page, talk, voice="ash", threshold=0.7, transcription__model="whisper-1")
    assert len(talk.updates) == 1
    config = talk.updates[0]
    assert config == session_config(
        {"voice": "ash", "threshold": 0.7, "transcription": {"model": "whisper-1"}},
        current=SettingsTalk().conversation.session,
    )
    assert line(page, "voice")["value"] == "ash"
    assert line(page, "voice")["state"] == "granted"
    assert (page.state["refused"], page.state["applied"], page.state["applying"]) == ({}, 1, False)


def test_the_loop_thread_does_not_wait_for_the_server(talk: SettingsTalk) -> None:
    _, page = shown(talk)
    apply(page, talk, voice="ash")
    assert talk.threads != [threading.current_thread().name]


@pytest.mark.parametrize("dialect", [GA, BETA], ids=lambda d: d.name)
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"voice": "nobody"}, "voice"),
        ({"threshold": 9}, "threshold"),
        ({"prompt": "{"}, "prompt"),
        ({"eagerness": "low", "threshold": 0.3}, "threshold"),
        ({"transcription.model": 7}, "transcription.model"),
    ],
)
def test_a_refusal_stands_at_its_field(
    dialect: Dialect, changes: dict[str, Any], field: str
) -> None:
    talk = SettingsTalk(dialect)
    _, page = shown(talk)
    page.send("apply", changes=changes)
    talk.advance()
    page.panel._thread.join(10)
    talk.advance(1)
    assert set(page.state["refused"]) == {field}
    assert page.state["refused"][field]
    assert line(page, "voice")["value"] == "alloy"
    assert not page.state["applying"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("speed", "", "Speed must be a number from 0.25 to 1.5"),
        ("speed", 9, "Speed must be a number from 0.25 to 1.5"),
        (
            "max_output_tokens",
            "",
            "Longest answer must be a whole number from 1 to 4,096, or 'no limit'",
        ),
        ("voice", "", "Voice must not be empty"),
        (
            "transcription.model",
            "",
            "Transcription by must not be empty; choose 'off' to do without",
        ),
    ],
)
def test_a_refusal_is_in_words_for_people(
    talk: SettingsTalk, name: str, value: Any, words: str
) -> None:
    _, page = shown(talk)
    apply(page, talk, **{name.replace(".", "__"): value})
    assert page.state["refused"] == {name: words}


def test_a_voice_that_was_heard_is_refused_at_the_voice(talk: SettingsTalk) -> None:
    _, page = shown(talk)
    talk.say("hello")
    talk.pair.answer("yes")
    apply(page, talk, voice="ash")
    assert "voice" in page.state["refused"]["voice"]


def test_what_means_no_field_is_said_for_all(talk: SettingsTalk, monkeypatch: Any) -> None:
    _, page = shown(talk)

    def broken(**_: Any) -> None:
        raise OSError("no network")

    monkeypatch.setattr(talk, "update", broken)
    apply(page, talk, voice="ash")
    assert page.state["refused"] == {"": "OSError: no network"}


def test_asked_is_laid_beside_granted(talk: SettingsTalk) -> None:
    talk.asked.add("e", session_config({"voice": "verse", "speed": 1.0}))
    _, page = shown(talk)
    voice = line(page, "voice")
    assert (voice["state"], voice["asked"], voice["granted"]) == ("differs", "verse", "alloy")
    assert line(page, "speed")["state"] == "granted"


def test_members_of_a_setting_are_compared_one_by_one(talk: SettingsTalk) -> None:
    _, page = shown(talk)
    apply(page, talk, transcription__model="whisper-1")
    model, language = line(page, "transcription.model"), line(page, "transcription.language")
    assert (model["state"], model["asked"]) == ("granted", "whisper-1")
    assert (language["state"], language["asked"], language["value"]) == ("", "", "")


def test_a_dialect_has_its_own_fields() -> None:
    _, page = shown(SettingsTalk(BETA))
    names = {field["name"] for field in page.state["fields"]}
    assert "temperature" in names
    assert "truncation" not in names


def test_state_tools_and_the_end_are_shown(talk: SettingsTalk) -> None:
    panel, page = shown(talk)
    assert page.state["activity"] == "idle"
    talk.say("hello")
    talk.advance(1)
    assert page.state["activity"] == "thinking"
    talk.pair.answer("yes")
    talk.advance(1)
    tool = {"name": "weather", "description": "of a city", "parameters": {}}
    talk.update(tools=[tool, {"type": "mcp", "server_label": "docs", "server_url": "http://x"}])
    talk.advance(1)
    assert page.state["tools"] == [
        {"name": "weather", "description": "of a city"},
        {"name": "docs", "description": "the tools of an MCP server"},
    ]
    assert "weather" in line(page, "tool_choice")["choices"]
    talk.closed = True
    panel.refresh()
    talk.advance(1)
    assert (page.state["activity"], page.state["closed"]) == ("closed", True)
    assert repr(panel) == "Settings of test server: closed"


def test_sound_that_is_still_played_is_speaking() -> None:
    class Both(VoiceTalk):
        """Settings and sound."""

        dialect = GA
        asked_vs_granted = AskedVsGranted(SessionConfig(), SessionConfig())

    talk = Both()
    speaker = Speaker(talk)
    panel, page = shown(talk)
    speaker.playing = True
    panel.refresh()
    talk.advance(1)
    assert page.state["activity"] == "speaking"
    speaker.playing = False
    talk.advance(1)
    assert page.state["activity"] == "idle"


def test_words_and_sound_do_not_send_the_form_again(talk: SettingsTalk) -> None:
    _, page = shown(talk)
    page.updates.clear()
    talk.say("hello")
    talk.pair.answer("one", "two")
    talk.advance(2)
    assert {name for update in page.updates for name in update} <= {"activity"}


def test_a_second_change_waits_until_the_first_is_answered(talk: SettingsTalk) -> None:
    panel, page = shown(talk)
    panel.applying = True
    apply(page, talk, voice="ash")
    assert talk.updates == []
    panel.applying = False
    apply(page, talk)
    assert talk.updates == []
