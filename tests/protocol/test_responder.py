"""The answering half of the server core, judged through the pair (reference, 4.7 to 4.10)."""

from __future__ import annotations

import pytest

from rtwidgets.protocol import events
from rtwidgets.protocol.config import (
    AudioConfig,
    AudioOutput,
    SessionConfig,
    Tool,
    ToolChoiceFunction,
)
from rtwidgets.protocol.items import (
    FunctionCallOutput,
    ItemReference,
)
from rtwidgets.protocol.response_config import ResponseConfig
from rtwidgets.protocol.work import Respond
from tests.pair import Pair, asked


def test_a_function_call_round_trip(pair: Pair) -> None:
    pair.update(SessionConfig(type="realtime", tools=(Tool(name="weather"),)))
    pair.client.create_item(asked("weather?"))
    pair.client.create_response()
    pair.settle()
    response_id = pair.take(Respond).response_id
    pair.server.text_delta(response_id, "Let me look.")
    pair.server.tool_call(response_id, "weather", '{"city": "Graz"}')
    pair.server.finished(response_id)
    pair.settle()
    call = pair.client.conversation.items[-1]
    assert (call.name, call.arguments, call.status) == (  # type: ignore[union-attr]
        "weather",
        '{"city": "Graz"}',
        "completed",
    )
    done = pair.events[-1].response
    assert [type(item).__name__ for item in done.output] == ["Message", "FunctionCall"]
    pair.client.create_item(FunctionCallOutput(call_id=call.call_id, output="rain"))  # type: ignore[union-attr]
    pair.client.create_item(FunctionCallOutput(call_id="call_unknown", output="rain"))
    assert pair.settle()[-1].error.code == "invalid_tool_call_id"


def test_one_active_response_and_others_beside_it(pair: Pair) -> None:
    pair.client.create_response()
    pair.client.create_response()
    (_, error) = pair.settle()
    assert error.error.code == "conversation_already_has_active_response"
    pair.client.create_response(
        ResponseConfig(conversation="none", input=(asked("x"),), metadata={"topic": "t"})
    )
    (created,) = pair.settle()
    assert created.response.conversation_id is None
    assert created.response.metadata == {"topic": "t"}
    beside = [work for work in pair.work if isinstance(work, Respond)][1]
    pair.server.text_delta(beside.response_id, "quiet")
    pair.server.finished(beside.response_id)
    assert not [name for name in pair.names(pair.settle()) if name.startswith("Conversation")]
    assert pair.client.conversation.items == ()
    assert pair.client.conversation.active_response is not None


def test_response_parameters_hold_for_this_response_only(pair: Pair) -> None:
    pair.client.create_response(
        ResponseConfig(
            instructions="short",
            output_modalities=("text",),
            max_output_tokens=7,
            tools=(Tool(name="f"),),
            tool_choice=ToolChoiceFunction(name="f"),
            audio=AudioConfig(output=AudioOutput(voice="verse")),
        )
    )
    pair.settle()
    work = pair.take(Respond)
    assert (work.instructions, work.modality, work.max_output_tokens) == ("short", "text", 7)
    assert (work.voice, work.tool_choice) == ("verse", ToolChoiceFunction(name="f"))
    session = pair.client.conversation.session
    assert (session.instructions, session.tools, session.max_output_tokens) == ("", (), "inf")


def test_the_input_of_a_response_replaces_the_conversation(pair: Pair) -> None:
    pair.client.create_item(asked("old"))
    pair.client.create_item(asked("kept"))
    pair.settle()
    kept = str(pair.client.conversation.items[-1].id)
    pair.client.create_response(
        ResponseConfig(conversation="none", input=(ItemReference(id=kept), asked("new")))
    )
    pair.client.create_response(ResponseConfig(input=(ItemReference(id="nobody"),)))
    assert pair.settle()[-1].error.param == "response.input[0].id"
    items = pair.take(Respond).items
    assert [item.content[0].text for item in items] == ["kept", "new"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("ending", "status", "detail"),
    [
        ("incomplete", "incomplete", "max_output_tokens"),
        ("cancel", "cancelled", "client_cancelled"),
        ("fail", "failed", "it broke"),
    ],
)
def test_every_ending_is_one_response_done(
    pair: Pair, ending: str, status: str, detail: str
) -> None:
    pair.client.create_response()
    pair.settle()
    response_id = pair.take(Respond).response_id
    pair.server.text_delta(response_id, "one")
    if ending == "incomplete":
        pair.server.finished(response_id, incomplete=True)
    elif ending == "cancel":
        pair.client.cancel_response(response_id)
    else:
        pair.server.failed(response_id, "it broke")
    done = pair.settle()[-1]
    details = done.response.status_details
    assert isinstance(done, events.ResponseDone)
    assert done.response.status == status
    assert detail in (details.reason, details.error and details.error.message)
    assert done.response.output[0].status == "incomplete"
    pair.client.cancel_response()
    assert pair.settle()[0].error.code == "response_cancel_not_active"


def test_cancelled_before_any_output_costs_nothing(pair: Pair) -> None:
    pair.client.create_item(asked("hello"))
    pair.client.create_response()
    pair.client.cancel_response()
    done = pair.settle()[-1].response
    assert (done.status, done.output, done.usage.total_tokens) == ("cancelled", (), 0)


def test_usage_grows_with_the_context_and_old_context_is_cached(pair: Pair) -> None:
    pair.update(SessionConfig(type="realtime", instructions="word " * 100))
    totals, cached = [], []
    for _ in range(3):
        pair.client.create_item(asked("question " * 40))
        pair.client.create_response()
        pair.settle()
        usage = pair.answer("answer", audio_ms=1000)[-1].response.usage
        assert usage.total_tokens == usage.input_tokens + usage.output_tokens
        assert usage.output_token_details.audio_tokens == 20
        totals.append(usage.input_tokens)
        cached.append(usage.input_token_details.cached_tokens)
    assert totals == [140, 200, 260]
    assert cached == [0, 128, 128]
