"""A user who speaks into an answer: what was heard, what the server is told, what is kept.

The clock of the virtual speaker is moved by hand; nothing sleeps.
"""

from __future__ import annotations

import base64
import threading
from typing import Any

import numpy as np
import pytest

import rtwidgets as rt
from rtwidgets.protocol.conversation import Conversation
from rtwidgets.session.turns.interruptions import Interruptions
from tests.session.scripted import Peer, Script
from tests.session.test_embedded import voice

pytestmark = pytest.mark.server

SECOND = base64.b64encode(bytes([1, 0] * 24000)).decode()
WORDS = "one two three four five six seven eight nine ten "


class Clock:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


class Stage:
    """A server that makes 2 s of sound and goes on when it is told to, by appended sound."""

    def __init__(self, session: rt.Session, script: Script) -> None:
        self.session, self.script = session, script
        self.clock = Clock()
        session.virtual_speaker.now = self.clock
        self.part: dict[str, Any] = {}
        script.on["response.create"] = self.create
        script.on["input_audio_buffer.append"] = self.append
        script.on["conversation.item.truncate"] = self.truncate
        self.next: list[Any] = []

    async def create(self, peer: Peer, event: dict[str, Any]) -> None:
        response_id = await peer.begin(event)
        item = {"id": peer.new_id("item"), "type": "message", "role": "assistant", "content": []}
        await peer.send(
            "response.output_item.added", response_id=response_id, output_index=0, item=item
        )
        await peer.item(item)
        self.part = {
            "response_id": response_id,
            "item_id": item["id"],
            "output_index": 0,
            "content_index": 0,
        }
        await peer.send("response.output_audio_transcript.delta", **self.part, delta=WORDS)
        for _ in range(2):
            await peer.send("response.output_audio.delta", **self.part, delta=SECOND)
        await peer.send("rate_limits.updated", rate_limits=[])

    async def append(self, peer: Peer, event: dict[str, Any]) -> None:
        await self.next.pop(0)(peer)

    async def truncate(self, peer: Peer, event: dict[str, Any]) -> None:
        event = {k: event[k] for k in ("item_id", "content_index", "audio_end_ms")}
        await peer.send("conversation.item.truncated", **event)

    async def speech(self, peer: Peer) -> None:
        await peer.send("input_audio_buffer.speech_started", audio_start_ms=0, item_id="item_u")
        await peer.send("response.output_audio.delta", **self.part, delta=SECOND)  # a straggler

    async def end(self, peer: Peer, status: str = "cancelled") -> None:
        peer_active, peer.active = peer.active, None
        details = {"type": "cancelled", "reason": "turn_detected"}
        await peer.send(
            "response.done",
            response={
                "id": peer_active,
                "object": "realtime.response",
                "status": status,
                "conversation_id": "conv_1",
                "output": [],
                "status_details": details if status == "cancelled" else None,
            },
        )

    def do(self, *steps: Any) -> None:
        """Let the server take some steps, and wait until we have heard of them."""
        self.next += steps
        for _ in steps:
            self.session.append_audio(bytes(960))
        self.settle()

    def settle(self) -> None:
        """There and back, twice: what we answer to what the server says has arrived."""
        for _ in range(2):
            self.session.create_item("a mark").wait(5)

    def truncated(self) -> list[int]:
        kind = "conversation.item.truncate"
        return [e["audio_end_ms"] for e in self.script.events if e["type"] == kind]


@pytest.fixture
def stage(session: rt.Session, script: Script) -> Stage:
    return Stage(session, script)


def test_speech_cuts_where_the_sound_was(stage: Stage) -> None:
    turn = stage.session.say("count")
    stage.settle()
    stage.clock.s += 0.5
    assert turn.heard.audio.duration_s == 0.5 and turn.status == "in_progress"
    stage.do(stage.speech)
    stage.clock.s += 9
    stage.do(stage.end)
    turn.wait(5)
    assert stage.truncated() == [500]
    assert turn.status == "cancelled"
    # A third second came after the cut: it was made, but not heard.
    assert turn.generated.audio.duration_s == 3.0 and turn.generated.text == WORDS
    assert turn.heard.audio.duration_s == 0.5 and turn.heard.text == "one"
    assert turn.heard.estimated and not turn.heard.complete


def test_of_an_answer_that_was_all_there_too(stage: Stage) -> None:
    """A server is faster than speech: mostly the response is over when the user cuts it."""
    turn = stage.session.say("count")
    stage.settle()
    stage.do(lambda peer: stage.end(peer, "completed"))
    assert turn.wait(5).status == "completed"
    stage.clock.s += 1.5
    stage.do(stage.speech)
    assert stage.truncated() == [1500] and not turn.heard.complete


def test_what_was_heard_to_its_end_is_left_alone(stage: Stage) -> None:
    turn = stage.session.say("count")
    stage.settle()
    stage.do(lambda peer: stage.end(peer, "completed"))
    stage.clock.s += 2
    stage.do(lambda peer: peer.send("input_audio_buffer.speech_started", audio_start_ms=0))
    assert stage.truncated() == [] and turn.heard.complete and turn.heard.text == WORDS


def test_where_nothing_was_heard_nothing_is_truncated(stage: Stage) -> None:
    turn = stage.session.say("count")
    stage.settle()
    stage.do(stage.speech, stage.end)
    stage.clock.s += 9
    assert stage.truncated() == []
    heard = turn.wait(5).heard
    assert heard.text == "" and not heard.audio.samples.size and not heard.complete


def test_a_session_that_is_not_interrupted_by_speech(stage: Stage) -> None:
    stage.session.update(interrupt_response=False)
    turn = stage.session.say("count")
    stage.settle()
    stage.clock.s += 0.5
    stage.do(stage.speech)
    stage.clock.s += 2.5
    assert stage.truncated() == [] and turn.heard.audio.duration_s == 3.0


@pytest.mark.parametrize("how", ["session", "turn"])
def test_interrupt_and_cancel_do_the_same(stage: Stage, how: str) -> None:
    turn = stage.session.say("count")
    stage.settle()
    stage.clock.s += 0.25
    stage.session.interrupt() if how == "session" else turn.cancel()
    assert turn.wait(5).status == "cancelled"
    stage.settle()
    assert stage.truncated() == [250] and turn.heard.audio.duration_s == 0.25


def test_a_turn_in_the_queue_has_listened_to_the_one_before(stage: Stage) -> None:
    """A script that works faster than speech does not interrupt."""
    first = stage.session.say("count")
    stage.settle()
    stage.do(lambda peer: stage.end(peer, "completed"))
    first.wait(5)
    second = stage.session.say("and again")
    stage.settle()
    assert first.heard.complete and stage.truncated() == []
    stage.clock.s += 0.5
    stage.session.interrupt()
    second.wait(5)
    stage.settle()
    assert stage.truncated() == [500] and first.heard.complete


class Fake:
    """A player whose count a test writes down."""

    def __init__(self) -> None:
        self.ms = 0.0

    def played_ms(self, item_id: str) -> float:
        return self.ms


def test_an_attached_player_counts_instead_of_the_clock(stage: Stage) -> None:
    player = Fake()
    detach = stage.session.attach_player(player)
    turn = stage.session.say("count")
    stage.settle()
    stage.clock.s += 1.5
    player.ms = 700.0
    assert turn.heard.audio.duration_s == 0.7
    stage.do(stage.speech)
    assert stage.truncated() == []  # it is the player's to tell
    item_id = stage.part["item_id"]
    assert stage.session.truncate_item(item_id, 690).wait(5).done
    player.ms = 800.0
    assert stage.truncated() == [690] and turn.heard.audio.duration_s == 0.69
    stage.session.truncate_item(item_id, 99_999).wait(5)
    assert stage.truncated()[-1] <= 3000  # clamped to what was received
    detach()


def test_a_barge_in_with_the_real_server() -> None:
    """Speech in real time into an answer in real time; the server forgets the same."""
    with rt.serve("simulated", seed=1, pace=1) as server, rt.connect(server.url, quiet=True) as s:
        heard_by_server: list[Any] = []
        s.on("conversation.item.truncated", heard_by_server.append)
        sounding = threading.Event()
        s.on("response.output_audio.delta", lambda _: sounding.set())
        turn = s.say("tell me 20 sentences")
        sound = np.concatenate([np.zeros(12000, np.int16), voice(1.0)])
        assert sounding.wait(20)
        over = s.say(sound, realtime=True)
        assert turn.wait(20).status == "cancelled"
        over.cancel()
        s.create_item("a mark").wait(5)
        s.create_item("another").wait(5)
        (event,) = heard_by_server
        assert event.audio_end_ms > 300
        assert turn.heard.audio.duration_s == pytest.approx(event.audio_end_ms / 1000, abs=0.001)
        assert turn.heard.audio.duration_s <= turn.generated.audio.duration_s
        assert turn.generated.text.startswith(turn.heard.text)
        assert not s.callback_errors and not s.errors


def test_who_plays_goes_on_with_another_connection() -> None:
    clock, cuts = Clock(), []
    old, new = (Interruptions(Conversation(), lambda *cut: cuts.append(cut), clock) for _ in "ab")
    player = Fake()
    detach = old.attach(player)
    old.cut("before", 500)
    new.take_over(old)
    player.ms = 100.0
    assert new.heard_ms("item") == 100.0 and new.heard_ms("before") == 0  # nothing was received
    detach()
    assert new.heard_ms("item") == 0.0 and not cuts
