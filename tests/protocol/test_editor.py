"""What a client may do to items, and what it may not (reference, sections 3.7, 4.11, 5.3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rtwidgets.protocol import written
from rtwidgets.protocol.config import AudioConfig, AudioInput, SessionConfig
from rtwidgets.protocol.dialects import BETA, GA
from rtwidgets.protocol.editor import RETRIEVED_BYTES
from rtwidgets.protocol.work import Respond, Transcribe
from tests.pair import Pair, asked

PIXEL = "data:image/png;base64,iVBORw0KGgo="


def create(pair: Pair, item: dict[str, Any], **fields: Any) -> Any:
    """Create an item: the first event that comes of it."""
    return pair.send(json.dumps({"type": "conversation.item.create", "item": item, **fields}))[0]


def user(text: str, **fields: Any) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"type": "message", "role": "user", "content": content, **fields}


def ask(pair: Pair, **response: Any) -> Any:
    return pair.send(json.dumps({"type": "response.create", "response": response}))[0]


@pytest.mark.parametrize("status", ["in_progress", "incomplete", "completed"])
def test_the_status_of_an_input_is_ignored(pair: Pair, status: str) -> None:
    assert create(pair, user("hello", status=status)).item.status == "completed"


def test_the_marker_is_taken_and_told_in_beta_alone(pair: Pair) -> None:
    create(pair, user("hello", object="realtime.item"))
    told = json.loads(pair.wire[-1])["item"]
    assert told.get("object") == ("realtime.item" if pair.client.dialect is BETA else None)


def test_an_id_is_kept_made_or_refused(pair: Pair) -> None:
    assert create(pair, user("a", id="mine")).item.id == "mine"
    assert create(pair, user("b")).item.id == "item_1"
    assert create(pair, user("c", id="mine")).error.code == "item_create_duplicate_item_id"
    pair.client.delete_item("mine")
    pair.settle()
    assert create(pair, user("d", id="mine")).item.id == "mine", "a deleted id is free again"


def test_history_may_hold_calls_and_their_outputs(pair: Pair) -> None:
    call = {"type": "function_call", "name": "look", "arguments": "{}"}
    made = create(pair, call).item
    assert made.call_id.startswith("call_")
    named = create(pair, {**call, "call_id": "call_mine"}).item
    assert (named.call_id, named.status) == ("call_mine", "completed")
    for call_id in (made.call_id, "call_mine"):
        output = {"type": "function_call_output", "call_id": call_id, "output": ""}
        create(pair, output)
        assert "status" not in json.loads(pair.wire[-1])["item"]
    stranger = {"type": "function_call_output", "call_id": "call_other", "output": "x"}
    refused = create(pair, stranger).error
    assert (refused.code, refused.param) == ("invalid_tool_call_id", None)
    assert len(pair.client.conversation.items) == 4


@pytest.mark.parametrize(
    ("previous", "order"),
    [(None, "abx"), ("root", "xab"), ("a", "axb"), ("b", "abx"), ("nobody", None), ("", None)],
)
def test_places(pair: Pair, previous: str | None, order: str | None) -> None:
    create(pair, user("first", id="a"))
    create(pair, user("second", id="b"))
    event = create(pair, user("x", id="x"), previous_item_id=previous)
    if order is None:
        assert event.error.param == "previous_item_id"
        order = "ab"
    assert "".join(str(item.id) for item in pair.client.conversation.items) == order


def test_a_reference_is_no_item(pair: Pair) -> None:
    create(pair, user("first", id="a"))
    assert create(pair, {"type": "item_reference", "id": "a"}).error.param == "item.type"


def test_a_reference_needs_its_id(pair: Pair) -> None:
    error = ask(pair, input=[{"type": "item_reference"}]).error
    assert (error.code, error.param) == ("missing_required_parameter", "response.input[0].id")


@pytest.mark.parametrize("conversation", ["auto", "none"])
def test_a_reference_is_to_any_item_that_ever_was(pair: Pair, conversation: str) -> None:
    create(pair, user("gone", id="a"))
    create(pair, user("there", id="b"))
    pair.client.delete_item("a")
    pair.settle()
    references = [{"type": "item_reference", "id": name} for name in ("a", "b", "a")]
    ask(pair, input=[*references, user("new")], conversation=conversation)
    texts = [item.content[0].text for item in pair.take(Respond).items]  # type: ignore[union-attr]
    assert texts == ["gone", "there", "gone", "new"]


def test_the_input_of_a_response_is_no_part_of_the_conversation(pair: Pair) -> None:
    create(pair, user("old", id="a"))
    ask(pair, input=[user("new", id="b")])
    pair.answer("fine")
    first, _answer = pair.client.conversation.items
    assert first.id == "a"
    error = ask(pair, input=[{"type": "item_reference", "id": "b"}]).error
    assert (error.code, error.param) == ("invalid_value", "response.input[0].id")


def test_what_a_response_beside_the_conversation_made_cannot_be_named(pair: Pair) -> None:
    ask(pair, conversation="none", input=[user("new")])
    item_id = str(pair.answer("fine")[-1].response.output[0].id)
    for send in (pair.client.retrieve_item, pair.client.delete_item):
        send(item_id)
        assert pair.settle()[0].error.message.endswith("does not exist.")


def test_an_output_may_answer_a_call_of_the_same_input(pair: Pair) -> None:
    call = {"type": "function_call", "name": "look", "call_id": "call_1", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "call_1", "output": "rain"}
    ask(pair, conversation="none", input=[call, output])
    assert len(pair.take(Respond).items) == 2
    error = ask(pair, conversation="none", input=[output, call]).error
    assert error.code == "invalid_tool_call_id"


def test_sound_of_the_user_is_written_down_and_only_shown_when_retrieved(pair: Pair) -> None:
    audio = "AQAC" * 3200
    content = [{"type": "input_audio", "audio": audio, "transcript": "said before"}]
    item = create(pair, {"type": "message", "role": "user", "content": content}).item
    assert json.loads(pair.wire[-1])["item"]["content"] == [
        {"type": "input_audio", "transcript": "said before"}
    ]
    assert len(pair.take(Transcribe).audio) == 9600
    pair.server.transcribed(str(item.id), "what was heard", 0.2)
    ask(pair)
    heard = pair.take(Respond).items[0].content[0]  # type: ignore[union-attr]
    assert heard.transcript == "what was heard"  # type: ignore[union-attr]
    pair.client.retrieve_item(str(item.id))
    pair.settle()
    assert json.loads(pair.wire[-1])["item"]["content"][0]["audio"] == audio


def test_a_long_sound_is_retrieved_as_far_as_a_frame_goes(pair: Pair) -> None:
    pair.update(
        SessionConfig(type="realtime", audio=AudioConfig(input=AudioInput(turn_detection=None)))
    )
    pair.client.append_audio(bytes(20 * 48_000))
    pair.client.commit_audio()
    pair.settle()
    pair.client.retrieve_item(str(pair.client.conversation.items[0].id))
    (event,) = pair.settle()
    assert len(event.item.content[0].audio) == RETRIEVED_BYTES
    assert len(pair.wire[-1]) < 1024 * 1024


@pytest.mark.parametrize(("sees", "shown"), [(True, "input_image"), (False, "input_text")])
def test_a_picture_is_kept_and_a_blind_model_reads_a_note(sees: bool, shown: str) -> None:
    pair = Pair(GA, sees=sees)
    picture = {"type": "input_image", "image_url": PIXEL, "detail": "low"}
    item = create(pair, {"type": "message", "role": "user", "content": [picture]}).item
    pair.client.retrieve_item(str(item.id))
    pair.settle()
    assert json.loads(pair.wire[-1])["item"]["content"] == [picture]
    ask(pair)
    part = pair.take(Respond).items[0].content[0]  # type: ignore[union-attr]
    assert part.__struct_config__.tag == shown


@pytest.mark.parametrize("url", ["https://example.org/a.png", "file:///etc/passwd", "", "data:,x"])
def test_nobody_fetches_a_picture(url: str) -> None:
    picture = {"type": "input_image", "image_url": url}
    error = create(Pair(GA), {"type": "message", "role": "user", "content": [picture]}).error
    assert (error.code, error.param) == ("invalid_value", "item.content[0].image_url")


def spoken(pair: Pair, audio_ms: int = 1000) -> str:
    pair.client.create_item(asked("count"))
    pair.client.create_response()
    pair.settle()
    pair.answer("one two three four", audio_ms=audio_ms)
    return str(pair.client.conversation.items[-1].id)


@pytest.mark.parametrize(
    ("index", "end_ms", "code"),
    [
        (0, 1001, "invalid_value"),
        (1, 500, "unsupported_content_type"),
        (0, -1, "integer_below_min_value"),
        (-1, 500, "integer_below_min_value"),
        (0, 500.5, "invalid_type"),
        (0, 10**30, "integer_above_max_value"),
    ],
)
def test_a_truncation_that_cannot_be(pair: Pair, index: int, end_ms: Any, code: str) -> None:
    item_id = spoken(pair)
    before = pair.client.conversation.items
    event = {"item_id": item_id, "content_index": index, "audio_end_ms": end_ms}
    (error,) = pair.send(json.dumps({"type": "conversation.item.truncate", **event}))
    assert error.error.code == code
    assert pair.client.conversation.items == before
    assert pair.client.conversation.audio_bytes[item_id] == 48_000


def test_truncated_sound_is_no_longer_counted(pair: Pair) -> None:
    item_id = spoken(pair, audio_ms=2000)
    pair.client.truncate_item(item_id, 500)
    pair.client.create_response()
    pair.settle()
    usage = pair.answer("more")[-1].response.usage
    assert usage.input_token_details.audio_tokens == 500 // 50
    pair.client.delete_item(item_id)
    pair.client.create_response()
    pair.settle()
    usage = pair.answer("more")[-1].response.usage
    assert usage.input_token_details.audio_tokens == 100 // 50, "the answer between is left"


def test_a_conversation_that_is_full_takes_items_once_others_are_deleted(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written, "KEEP_CHARACTERS", 10_000)
    for number in range(4):
        assert create(pair, user("x" * 1400, id=f"mine_{number}")).item.id == f"mine_{number}"
    before = pair.client.conversation.items
    for item in (
        user("x" * 1400),
        {"type": "function_call", "name": "f", "arguments": '"' + "x" * 1400 + '"'},
    ):
        error = create(pair, item).error
        assert (error.code, error.param) == ("string_above_max_length", "item")
    assert pair.client.conversation.items == before
    pair.client.delete_item("mine_0")
    pair.settle()
    assert create(pair, user("x" * 1400, id="mine_0")).item.id == "mine_0"
    assert create(pair, user("x" * 1400)).error.code == "string_above_max_length"


def test_small_items_fill_a_conversation_too(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "KEEP_CHARACTERS", 10_000)
    made = [create(pair, user("")) for _ in range(12)]
    assert [hasattr(event, "item") for event in made] == [True] * 9 + [False] * 3
    # Those that are deleted are referred to as long as there is room, and then make it.
    for event in made[:9]:
        pair.client.delete_item(event.item.id)
    pair.settle()
    assert all(hasattr(create(pair, user("")), "item") for _ in range(9))
