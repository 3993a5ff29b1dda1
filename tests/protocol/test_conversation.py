"""The reducer: what each kind of event makes of a conversation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from rtwidgets.protocol import events as on
from rtwidgets.protocol.config import (
    PCM16_24K,
    AudioConfig,
    AudioFormat,
    AudioInput,
    AudioOutput,
    SessionConfig,
)
from rtwidgets.protocol.conversation import Conversation
from rtwidgets.protocol.items import (
    FunctionCall,
    InputAudio,
    Message,
    OutputAudio,
    OutputText,
    ResponseAudio,
    ResponseAudioOutput,
    Usage,
)
from rtwidgets.protocol.moves import ITEM_MOVES, RESPONSE_MOVES
from tests.protocol.steps import (
    AUDIO,
    TEXT,
    added,
    argued,
    argues,
    call,
    created,
    done,
    ended,
    heard,
    hears,
    part,
    part_done,
    put_out,
    put_out_done,
    reply,
    said,
    says,
    sound,
    spoken,
    text,
    text_done,
    told,
    user,
)


def ids(conversation: Conversation) -> list[Any]:
    return [item.id for item in conversation.items]


def content(conversation: Conversation, item_id: str) -> Any:
    item = conversation.item(item_id)
    assert isinstance(item, Message)
    return item.content


# The session


def test_the_session_is_laid_over_and_null_clears() -> None:
    turns_off = SessionConfig(audio=AudioConfig(input=AudioInput(transcription=None)))
    state = told(
        on.SessionCreated(session=SessionConfig(model="m", instructions="be kind")),
        on.SessionUpdated(session=SessionConfig(instructions="", audio=turns_off.audio)),
    )
    assert (state.session.model, state.session.instructions) == ("m", "")
    assert state.session.audio == turns_off.audio


@pytest.mark.parametrize(
    "end",
    [
        on.InputAudioBufferSpeechStopped(audio_end_ms=500, item_id="u"),
        on.InputAudioBufferCommitted(item_id="u"),
        on.InputAudioBufferCleared(),
        on.SessionUpdated(
            session=SessionConfig(audio=AudioConfig(input=AudioInput(turn_detection=None)))
        ),
    ],
    ids=lambda event: type(event).__name__,
)
def test_speaking_is_from_started_until_the_turn_is_over(end: Any) -> None:
    state = told(on.InputAudioBufferSpeechStarted(audio_start_ms=0, item_id="u"))
    state.apply(on.SessionUpdated(session=SessionConfig(instructions="x")))
    assert state.speaking
    state.apply(end)
    assert not state.speaking


# Order


def test_late_items_land_in_their_place() -> None:
    state = told(added(user("a"), None), added(user("c"), "b"), added(user("b"), "a"))
    assert ids(state) == ["a", "b", "c"]
    assert [state.previous_item_id(i) for i in "abc"] == [None, "a", "b"]


def test_a_model_item_comes_last_even_if_the_server_names_no_predecessor() -> None:
    state = told(added(user("u"), None), created(), put_out(reply("m")), added(reply("m"), None))
    assert ids(state) == ["u", "m"]


def test_done_does_not_move_an_item_that_was_added() -> None:
    # OpenAI's `done` says null where the predecessor is the conversation's first item.
    state = told(added(user("a"), None), added(user("b"), "a"), done(user("b"), None))
    assert ids(state) == ["a", "b"]


@given(st.permutations([(str(n), str(n - 1) if n else None) for n in range(6)]))
def test_any_arrival_gives_one_order(arrival: list[tuple[str, str | None]]) -> None:
    state = told(*(added(user(item_id), previous) for item_id, previous in arrival))
    assert ids(state) == [str(n) for n in range(6)]


def test_deleting_takes_an_item_out_for_good() -> None:
    state = told(
        added(user("a"), None), added(spoken("b"), "a"), on.ConversationItemDeleted(item_id="b")
    )
    for late in (hears("b", "x"), heard("b", "x"), done(spoken("b"), "a"), sound("b", 10)):
        state.apply(late)
    assert (ids(state), state.item("b"), state.audio_bytes) == (["a"], None, {})
    state.apply(added(user("b"), "a"))
    assert ids(state) == ["a", "b"]


# Who announces an item


@pytest.mark.parametrize(
    "announcement",
    [
        [put_out(reply("m")), added(reply("m"), "u")],
        [added(reply("m"), "u"), put_out(reply("m"))],
        [put_out(reply("m"))],
        [added(reply("m"), "u")],
        [],
    ],
    ids=["both", "reversed", "output item alone", "item alone", "nobody"],
)
def test_a_reply_enters_by_whichever_event_comes(announcement: list[Any]) -> None:
    state = told(added(user("u"), None), created(), *announcement, text("m", "Hi"), text("m", "!"))
    assert ids(state) == ["u", "m"]
    assert state.text("m") == "Hi!"


@pytest.mark.parametrize("last", [done, put_out_done, lambda item: ended("r", item)])
def test_a_reply_enters_by_its_last_event_alone(last: Any) -> None:
    final = reply("m", OutputText(text="Hi!"), status="completed")
    state = told(added(user("u"), None), created(), last(final))
    assert (ids(state), state.text("m")) == (["u", "m"], "Hi!")


def test_what_is_outside_the_conversation_stays_outside() -> None:
    state = told(
        added(user("u"), None),
        created("r", outside=True),
        put_out(reply("m")),
        part("m", TEXT),
        text("m", "secret"),
    )
    assert ids(state) == ["u"]
    assert state.active_response is None
    assert state.text("m") == "secret"
    assert [item.id for item in state.responses["r"].output] == ["m"]
    state.apply(ended("r", reply("m", OutputText(text="secret"), status="completed"), outside=True))
    assert ids(state) == ["u"]


# Words


def test_text_grows_and_its_done_is_final() -> None:
    state = told(created(), put_out(reply("m")), part("m", TEXT))
    assert content(state, "m") == (OutputText(text=""),)
    for event in (text("m", "a"), text("m", "b"), text_done("m", "ab"), text("m", "late")):
        state.apply(event)
    assert content(state, "m") == (OutputText(text="ab"),)
    assert state.oddities == 1


def test_a_spoken_reply_has_a_transcript_and_a_count_of_bytes() -> None:
    state = told(
        created(), put_out(reply("m")), part("m", AUDIO), says("m", "Hi "), sound("m", 4800)
    )
    state.apply(says("m", "there"))
    state.apply(sound("m", 4800))
    assert content(state, "m") == (OutputAudio(transcript="Hi there"),)
    assert state.audio_bytes == {"m": 9600}
    state.apply(said("m", "Hi there."))
    state.apply(part_done("m", AUDIO))  # a server that repeats no words takes none away
    assert state.text("m") == "Hi there."


def test_a_function_call_grows_its_arguments() -> None:
    state = told(created(), put_out(call("f")), argues("f", '{"a"'), argues("f", ":1}"))
    assert state.text("f") == '{"a":1}'
    state.apply(argued("f", '{"a": 1}'))
    state.apply(argues("f", "late"))
    state.apply(done(call("f", "", status="completed")))
    item = state.item("f")
    assert isinstance(item, FunctionCall)
    assert (item.name, item.arguments, item.status) == ("weather", '{"a": 1}', "completed")


def test_parts_that_nobody_announced_keep_their_places() -> None:
    state = told(created(), put_out(reply("m")), text("m", "third", index=2))
    empty = OutputText(text="")
    assert content(state, "m") == (empty, empty, OutputText(text="third"))
    before = state.items
    for senseless in (-1, 10**9):
        state.apply(text("m", "x", index=senseless))
    assert state.items == before


def test_a_final_item_without_words_takes_none_away() -> None:
    state = told(created(), put_out(reply("m")), text("m", "Hi"), put_out_done(reply("m")))
    assert state.text("m") == "Hi"


@given(st.lists(st.text(max_size=5), max_size=20))
def test_deltas_add_up_to_what_done_says(deltas: list[str]) -> None:
    grown = told(created(), put_out(reply("m")), *(says("m", delta) for delta in deltas))
    final = told(created(), put_out(reply("m")), said("m", "".join(deltas)))
    assert grown.text("m") == final.text("m") == "".join(deltas)


# What the user says


def test_words_that_come_before_their_item_wait_for_it() -> None:
    state = told(hears("u", "good "), hears("u", "morning"))
    assert (state.items, state.text("u")) == ((), "good morning")
    state.apply(added(spoken("u"), None))
    assert content(state, "u") == (InputAudio(transcript="good morning"),)
    state.apply(hears("u", "!"))
    state.apply(heard("u", "Good morning!"))
    state.apply(hears("u", " late"))
    state.apply(done(spoken("u"), None))
    assert content(state, "u") == (InputAudio(transcript="Good morning!"),)


def test_a_transcript_may_be_complete_before_its_item_and_after_the_response() -> None:
    early = told(heard("u", "hi"), hears("u", "late"), added(spoken("u"), None))
    late = told(added(spoken("u"), None), created(), ended(), heard("u", "hi"))
    assert early.text("u") == late.text("u") == "hi"


def test_transcripts_are_counted_once_an_item_and_never_as_response_usage() -> None:
    seconds = on.TranscriptionUsage(type="duration", seconds=3.0)
    tokens = on.TranscriptionUsage(type="tokens", total_tokens=35)
    state = told(heard("u", "a", seconds), heard("u", "b", seconds), heard("v", "c", tokens))
    assert state.usage.transcription_seconds == 3.0
    assert state.usage.transcription_tokens == 35
    assert state.usage.total == Usage()


# Truncation and retrieval


def audio_response(format: AudioFormat) -> ResponseAudio:
    return ResponseAudio(output=ResponseAudioOutput(format=format))


@pytest.mark.parametrize(
    ("format", "kept"), [(PCM16_24K, 24000), (AudioFormat(type="audio/pcmu"), 4000)]
)
def test_truncation_drops_words_and_the_sound_after_it(format: AudioFormat, kept: int) -> None:
    state = told(created(audio=audio_response(format)), put_out(reply("m")))
    for event in (says("m", "a b c"), said("m", "a b c"), sound("m", 48000)):
        state.apply(event)
    cut = on.ConversationItemTruncated(item_id="m", content_index=0, audio_end_ms=500)
    state.apply(cut)
    assert (state.text("m"), state.audio_bytes) == ("", {"m": kept})
    assert state.output_format("m") == format
    state.apply(on.ConversationItemTruncated(item_id="m", content_index=0, audio_end_ms=9999))
    assert state.audio_bytes == {"m": kept}


def test_the_session_says_the_format_where_the_response_does_not() -> None:
    alaw = AudioFormat(type="audio/pcma")
    session = SessionConfig(audio=AudioConfig(output=AudioOutput(format=alaw)))
    state = told(on.SessionCreated(session=session), created(), put_out(reply("m")))
    assert state.output_format("m") == alaw
    assert told().output_format("nobody") == PCM16_24K


def test_a_retrieved_item_is_remembered_without_its_sound() -> None:
    state = told(added(spoken("u", "hi"), None))
    before = state.items
    loud = Message(
        id="u",
        status="completed",
        role="user",
        content=(InputAudio(audio=b"ab", transcript="hi"),),
    )
    state.apply(on.ConversationItemRetrieved(item=loud))
    state.apply(on.ConversationItemRetrieved(item=user("stranger")))
    assert state.items == before


# Responses


def test_a_response_fills_as_its_items_arrive() -> None:
    state = told(created(), put_out(call("f"), index=1), put_out(reply("m"), index=0))
    active = state.active_response
    assert active is not None
    assert [item.id for item in active.output] == ["m", "f"]
    assert state.responses["r"] == active == state.response("r")
    final = reply("m", OutputText(text="x"), status="completed")
    state.apply(ended("r", final, call("f", "{}", status="completed"), usage=Usage(total_tokens=7)))
    assert state.active_response is None
    assert state.responses["r"].status == "completed"
    assert [item.status for item in state.responses["r"].output] == ["completed", "completed"]
    assert [(row.response_id, row.usage.total_tokens) for row in state.usage.rows] == [("r", 7)]


def test_a_done_without_output_keeps_what_arrived() -> None:
    state = told(created(), put_out(reply("m")), text("m", "half"), ended("r", status="cancelled"))
    assert [item.id for item in state.responses["r"].output] == ["m"]


def test_a_finished_response_is_a_record() -> None:
    final = reply("m", OutputAudio(transcript="x"), status="completed")
    state = told(created(), put_out(reply("m")), ended("r", final))
    state.apply(on.ConversationItemDeleted(item_id="m"))
    assert (state.items, state.responses["r"].output) == ((), (final,))


def test_responses_beside_the_conversation_do_not_end_the_active_one() -> None:
    state = told(created("r"), created("x", outside=True), ended("x", outside=True))
    active = state.active_response
    assert active is not None
    assert active.id == "r"
    assert list(state.responses) == ["r", "x"]


def test_a_response_that_was_never_created_is_taken_when_it_is_done() -> None:
    state = told(ended("r", reply("m", OutputText(text="x"), status="completed")))
    assert (ids(state), state.responses["r"].status) == (["m"], "completed")
    assert len(state.usage.rows) == 1


# Moves


@pytest.mark.parametrize("start", ITEM_MOVES)
@pytest.mark.parametrize("end", ITEM_MOVES)
def test_an_item_moves_as_the_table_says(start: Any, end: Any) -> None:
    state = told(added(reply("m", status=start), None), done(reply("m", status=end)))
    item = state.item("m")
    legal = start == end or end in ITEM_MOVES[start]
    assert item is not None
    assert item.status == (end if legal else start)
    assert state.oddities == (0 if legal else 1)


@pytest.mark.parametrize("start", [status for status in RESPONSE_MOVES if status != "in_progress"])
@pytest.mark.parametrize("end", RESPONSE_MOVES)
def test_a_finished_response_moves_no_more(start: Any, end: Any) -> None:
    state = told(created(), ended(status=start, usage=Usage(total_tokens=1)))
    state.apply(ended(status=end, usage=Usage(total_tokens=1)))
    assert (state.responses["r"].status, state.oddities) == (start, 1)
    assert state.usage.total.total_tokens == 1


def test_a_status_that_is_left_out_is_kept() -> None:
    state = told(added(reply("m"), None), done(reply("m", status=UNSET)))
    item = state.item("m")
    assert item is not None
    assert item.status == "in_progress"
