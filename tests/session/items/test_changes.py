"""Items that are created, edited, deleted, truncated: the server's word, or its refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets.protocol.items import FunctionCall, FunctionCallOutput, InputAudio, Message
from rtwidgets.protocol.items import OutputAudio as Spoken
from tests.session.scripted import Peer, Script, hang
from tests.session.test_embedded import voice

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def server() -> Iterator[rt.Server]:
    with rt.serve("simulated", seed=1) as running:
        yield running


@pytest.fixture(params=["ga", "beta"])
def real(server: rt.Server, request: pytest.FixtureRequest) -> Iterator[rt.Session]:
    """A session with the embedded server, which keeps all rules."""
    with rt.connect(server.url, dialect=request.param, quiet=True) as opened:
        yield opened


def texts(session: rt.Session) -> list[str]:
    return [session.conversation.text(str(item.id)) for item in session.conversation.items]


class TestAgainstTheEmbeddedServer:
    def test_create_where_it_is_wanted(self, real: rt.Session) -> None:
        middle = real.create_item("middle").wait()
        real.create_item("last", middle.item_id, role="assistant").wait()
        real.create_item("first", "root", role="system").wait()
        assert texts(real) == ["first", "middle", "last"]
        assert isinstance(middle.item, Message) and middle.done and middle.error is None
        assert [item.role for item in real.conversation.items] == ["system", "user", "assistant"]  # type: ignore[union-attr]

    def test_edit_keeps_place_and_role(self, real: rt.Session) -> None:
        ids = [real.create_item(text, role="system").wait().item_id for text in ("a", "b", "c")]
        change = real.edit_item(ids[1], "B").wait()
        assert texts(real) == ["a", "B", "c"] and change.item_id not in ids
        assert isinstance(change.item, Message) and change.item.role == "system"
        assert real.edit_item(ids[0], "A").wait().done and texts(real) == ["A", "B", "c"]

    def test_edit_an_answer_that_was_spoken(self, real: rt.Session) -> None:
        real.say("count from 1 to 3").wait(20)
        answer = str(real.conversation.items[-1].id)
        real.edit_item(answer, "Four.").wait()
        assert texts(real) == ["count from 1 to 3", "Four."]

    def test_edit_the_output_of_a_function(self, real: rt.Session) -> None:
        call = FunctionCall(name="f", call_id="call_1", arguments="{}")
        real.create_item(call).wait()
        output = real.create_item(FunctionCallOutput(call_id="call_1", output="1")).wait()
        real.edit_item(output.item_id, "2").wait()
        assert real.conversation.items[-1].output == "2"  # type: ignore[union-attr]

    def test_a_refused_edit_loses_nothing(self, real: rt.Session) -> None:
        old = real.create_item("kept").wait()
        with pytest.raises(rt.ApiError, match="not found in conversation"):
            real.edit_item(old.item_id, FunctionCallOutput(call_id="nobody", output="")).wait()
        assert texts(real) == ["kept"]

    def test_what_cannot_be_edited(self, real: rt.Session) -> None:
        with pytest.raises(rt.LocalProtocolError, match="no item 'nobody' in the conversation"):
            real.edit_item("nobody", "x").wait()
        call = real.create_item(FunctionCall(name="f", call_id="call_1", arguments="{}")).wait()
        with pytest.raises(rt.LocalProtocolError, match="is no message"):
            real.edit_item(call.item_id, "x").wait()

    def test_delete_and_its_refusal(self, real: rt.Session) -> None:
        item_id = real.create_item("x").wait().item_id
        assert real.delete_item(item_id).wait().item is None
        assert real.conversation.items == ()
        change = real.delete_item(item_id)
        with pytest.raises(rt.ApiError, match="does not exist"):
            change.wait()
        assert repr(change) == f"<ItemChange: deleting item {item_id}, refused>"

    def test_truncate_is_what_was_heard(self, real: rt.Session) -> None:
        turn = real.say("count from 1 to 20").wait(20)
        real.virtual_speaker.finish()
        assert turn.heard.complete and turn.heard.text == turn.generated.text
        answer = str(real.conversation.items[-1].id)
        real.truncate_item(answer, 1000).wait()
        assert turn.heard.audio.duration_s == 1.0 and turn.heard.estimated
        assert turn.generated.text.startswith(turn.heard.text) and turn.heard.text
        assert turn.generated.audio.duration_s > 3
        with pytest.raises(rt.LocalProtocolError, match="no sound of item 'nobody'"):
            real.truncate_item("nobody", 5).wait()

    def test_retrieve_brings_the_sound(self, real: rt.Session) -> None:
        turn = real.say("count from 1 to 3").wait(20)
        item = real.retrieve_item(str(real.conversation.items[-1].id)).wait().item
        assert isinstance(item, Message) and isinstance(item.content[0], Spoken)
        assert item.content[0].audio == turn.audio.to_bytes()

    def test_awaited_in_any_loop(self, real: rt.Session) -> None:
        async def main() -> list[str]:
            changes = [real.create_item(text) for text in "abc"]
            await asyncio.gather(*(change.finished() for change in changes))
            await real.delete_item(changes[1].item_id)
            return texts(real)

        assert asyncio.run(main()) == ["a", "c"]


class TestAgainstAStrangeServer:
    def test_silence_has_a_limit(self, session: rt.Session, script: Script) -> None:
        script.on["conversation.item.delete"] = hang
        with pytest.raises(rt.WaitTimeout, match="the server's word on deleting item x"):
            session.delete_item("x").wait(0.1)

    def test_the_end_of_the_session_ends_the_wait(
        self, session: rt.Session, script: Script
    ) -> None:
        async def leave(peer: Peer, event: dict[str, Any]) -> None:
            await peer.ws.close(1001, "bye")

        script.on["conversation.item.delete"] = leave
        with pytest.raises(rt.SessionClosed, match="bye"):
            session.delete_item("x").wait(5)
        with pytest.raises(rt.SessionClosed):
            session.delete_item("x")

    def test_a_refusal_that_names_nobody(self, session: rt.Session, script: Script) -> None:
        async def refuse(peer: Peer, event: dict[str, Any]) -> None:
            await peer.error("no such item")

        script.on["conversation.item.delete"] = refuse
        with pytest.raises(rt.ApiError, match="no such item"):
            session.delete_item("x").wait(5)

    def test_a_refusal_that_nobody_waits_for_is_kept(
        self, session: rt.Session, script: Script
    ) -> None:
        async def refuse(peer: Peer, event: dict[str, Any]) -> None:
            await peer.error("no such item", event_id=event["event_id"])

        script.on["conversation.item.delete"] = refuse
        change = session.delete_item("x")
        session.say("hi").wait(5)
        assert str(change.error) == str(session.errors[0]) == "no such item"


def test_words_that_come_late_land_in_their_place(session: rt.Session, script: Script) -> None:
    """Two spoken turns; the words of the second come first, those of the first last."""
    session.update(turn_detection=None, transcription=True)
    items = iter(["item_one", "item_two"])

    async def commit(peer: Peer, event: dict[str, Any]) -> None:
        await peer.commit(next(items))

    async def create(peer: Peer, event: dict[str, Any]) -> None:
        await peer.begin(event)
        await peer.finish("answer", event)
        if peer.last_item is not None and script.types().count("response.create") == 2:
            await peer.words("item_two", "second words")
            await peer.words("item_one", "first words")

    script.on.update({"input_audio_buffer.commit": commit, "response.create": create})
    first, second = session.say(voice(0.3)), session.say(voice(0.3))
    assert second.wait(5).transcript == "second words"
    assert first.wait(5).transcript == "first words"
    items_now = session.conversation.items
    assert [type(part) for item in items_now for part in item.content][::2] == [InputAudio] * 2  # type: ignore[union-attr]
    assert texts(session) == ["first words", "answer", "second words", "answer"]
