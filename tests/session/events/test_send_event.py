"""An event of the wire, sent by hand: checked first, and heard by all who count."""

from __future__ import annotations

from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets.errors import LocalProtocolError, SessionClosed
from tests.session.scripted import Script

pytestmark = pytest.mark.server


def test_it_goes_out_with_its_own_id_and_the_session_knows(session: rt.Session) -> None:
    session.send_event(
        {
            "type": "session.update",
            "event_id": "mine",
            "session": {"type": "realtime", "instructions": "by hand"},
        }
    )
    # Behind it: two changes on their way must not take one another's answers.
    assert session.update(voice="ash").audio.output.voice == "ash"
    assert session.conversation.session.instructions == "by hand"
    assert {"instructions", "voice"} <= {row.name for row in session.asked_vs_granted.all}
    assert "mine" in [event.json()["event_id"] for event in session.events_log if event.sent]


def test_sound_by_hand_counts_on_the_servers_clock(session: rt.Session) -> None:
    session.send_event({"type": "input_audio_buffer.append", "audio": "AAAA" * 32})
    session.update(voice="ash")
    assert session._link.appended_ms == 2


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"type": "session.update"}, "session"),
        ("{", "Invalid JSON"),
        ({"type": "response.create", "x": object()}, "cannot be written"),
    ],
)
def test_a_mistake_is_said_here_and_not_sent(session: rt.Session, event: Any, words: str) -> None:
    before = [one for one in session.events_log if one.sent]
    with pytest.raises(LocalProtocolError, match=words):
        session.send_event(event)
    session.update(voice="ash")
    assert len([one for one in session.events_log if one.sent]) == len(before) + 1


def test_a_session_that_is_over_takes_none(session: rt.Session) -> None:
    session.close()
    with pytest.raises(SessionClosed):
        session.send_event({"type": "response.cancel"})


def test_beta_is_written_as_beta(script: Script) -> None:
    with rt.connect(script.url, dialect="beta", quiet=True) as session:
        event = session.check_event(
            {"type": "session.update", "session": {"modalities": ["text"], "temperature": 0.7}}
        )
        assert event.session.output_modalities == ("text",)  # type: ignore[union-attr]
        with pytest.raises(LocalProtocolError, match="output_modalities"):
            session.check_event({"type": "session.update", "session": {"output_modalities": []}})
