"""The judge ``openai``: its Realtime client in either dialect, used as its users use it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import program
from program import CITY_TOOL, HEARD_MS, LONG, SAY, Case
from talk_openai import DIALECTS, TRANSCRIPTION, Beta, Dialect, open_client, talking

__all__ = ["SCENARIOS"]

Scenario = Callable[[Case, Dialect], Awaitable[str]]


async def text(case: Case, dialect: Dialect) -> str:
    """A typed question, a written answer, twice: usage grows with the context."""
    async with talking(case, dialect) as talk:
        session = await talk.update(text=True, instructions="Answer briefly.")
        assert session.instructions == "Answer briefly."
        usage = []
        for _ in range(2):
            await talk.user(SAY)
            await talk.respond()
            response = await talk.done()
            usage.append(response.usage.input_tokens)
            total = response.usage.input_tokens + response.usage.output_tokens
            assert response.usage.total_tokens == total > 0
        assert usage[1] > usage[0], usage
        said = talk.said(response)
        case.repeats(said)
        return said


async def push_to_talk(case: Case, dialect: Dialect) -> str:
    """Without turn detection the client commits, and asks for the reply."""
    async with talking(case, dialect) as talk:
        await talk.update(vad=None, transcription=TRANSCRIPTION)
        await talk.hear()
        await talk.connection.input_audio_buffer.commit()
        committed = await talk.until("input_audio_buffer.committed")
        added = await talk.until(dialect.added)
        assert added.item.id == committed.item_id
        assert added.item.content[0].type == "input_audio"
        await talk.respond()
        response = await talk.done()
        assert talk.said(response)
        assert len(talk.sound(response.id)) > 4800
        heard = "conversation.item.input_audio_transcription.completed"
        transcript = talk.of(heard) or [await talk.until(heard)]
        assert transcript[0].item_id == committed.item_id
        return str(transcript[0].transcript)


async def server_vad(case: Case, dialect: Dialect) -> str:
    """Sound is all that is sent: the server finds the turn, commits and answers."""
    async with talking(case, dialect) as talk:
        vad = {"type": "server_vad", "silence_duration_ms": 400}
        await talk.update(vad=vad, transcription=TRANSCRIPTION)
        await talk.hear()
        started = await talk.until("input_audio_buffer.speech_started")
        stopped = await talk.until("input_audio_buffer.speech_stopped")
        assert started.item_id == stopped.item_id
        assert 0 <= started.audio_start_ms < stopped.audio_end_ms
        await talk.until("input_audio_buffer.committed", item_id=started.item_id)
        response = await talk.done()
        assert talk.said(response)
        assert talk.sound(response.id)
        heard = "conversation.item.input_audio_transcription.completed"
        transcript = talk.of(heard) or [await talk.until(heard)]
        return str(transcript[0].transcript)


async def barge_in(case: Case, dialect: Dialect) -> str:
    """The user talks into a reply: it ends, and is cut to what was heard."""
    async with talking(case, dialect) as talk:
        await talk.update(vad={"type": "server_vad", "silence_duration_ms": 400})
        await talk.user(LONG)
        await talk.respond()
        delta = await talk.reply("audio.delta")
        while len(talk.sound(delta.response_id)) < HEARD_MS * 48:
            await talk.reply("audio.delta")
        await talk.hear()
        await talk.until("input_audio_buffer.speech_started")
        response = await talk.done("cancelled")
        assert response.id == delta.response_id
        assert response.status_details.reason == "turn_detected"
        item = talk.connection.conversation.item
        where = {"item_id": delta.item_id, "content_index": delta.content_index}
        await item.truncate(**where, audio_end_ms=HEARD_MS)
        cut = await talk.until("conversation.item.truncated")
        assert (cut.item_id, cut.audio_end_ms) == (delta.item_id, HEARD_MS)
        answer = await talk.done()
        assert answer.id != response.id
        await item.retrieve(item_id=delta.item_id)
        kept = (await talk.until("conversation.item.retrieved")).item
        assert kept.status == "incomplete"
        return f"cut at {cut.audio_end_ms} ms, then: {talk.said(answer)}"


async def function_call(case: Case, dialect: Dialect) -> str:
    """A tool is called, its result goes back, the answer is told."""
    async with talking(case, dialect) as talk:
        await talk.update(text=True, tools=[CITY_TOOL], tool_choice="required")
        await talk.user("What is the weather in Paris?")
        await talk.respond()
        done = await talk.until("response.function_call_arguments.done")
        deltas = talk.of("response.function_call_arguments.delta", call_id=done.call_id)
        assert "".join(event.delta for event in deltas) == done.arguments
        response = await talk.done()
        call = next(item for item in response.output if item.type == "function_call")
        assert (call.name, call.call_id) == ("get_weather", done.call_id)
        assert list(json.loads(call.arguments)) == ["city"]
        output = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
        await talk.connection.conversation.item.create(item=output)
        await talk.until(dialect.added)
        await talk.respond(tool_choice="none")
        said = talk.said(await talk.done())
        assert "sunny" in said if case.exact else said
        return f"{call.arguments} {said}"


async def out_of_band(case: Case, dialect: Dialect) -> str:
    """A response beside the conversation, while one of the conversation is under way."""
    async with talking(case, dialect) as talk:
        await talk.user(LONG)
        await talk.respond()
        await talk.until("response.created")
        question = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": SAY}],
        }
        metadata = {"topic": "aside"}
        aside = {"conversation": "none", "metadata": metadata, "input": [question]}
        await talk.respond(**aside, text=True, instructions="Answer briefly.")
        created = await talk.until("response.created")
        assert created.response.metadata == metadata
        done = await talk.until("response.done")
        while done.response.id != created.response.id:
            done = await talk.until("response.done")
        response = done.response
        assert (response.status, response.metadata) == ("completed", metadata)
        assert response.conversation_id is None
        ids = {item.id for item in response.output}
        assert not ids & {event.item.id for event in talk.of(dialect.added)}
        case.repeats(talk.said(response))
        return talk.said(response)


async def cancel(case: Case, dialect: Dialect) -> str:
    """A reply is stopped half way; when there is nothing to stop, that is an error."""
    async with talking(case, dialect) as talk:
        await talk.user(LONG)
        await talk.respond()
        delta = await talk.reply("audio.delta")
        await talk.connection.response.cancel(response_id=delta.response_id)
        response = await talk.done("cancelled")
        assert response.status_details.reason == "client_cancelled"
        await talk.connection.response.cancel(event_id="late")
        error = await refused(talk)
        assert (error.code, error.event_id) == ("response_cancel_not_active", "late")
        return f"stopped after {len(talk.sound(response.id)) // 48} ms"


async def error(case: Case, dialect: Dialect) -> str:
    """Three mistakes, each told with its place; then the session goes on."""
    async with talking(case, dialect) as talk:
        await talk.connection.send({"type": "response.dance", "event_id": "e1"})
        unknown = await refused(talk)
        assert (unknown.type, unknown.event_id) == ("invalid_request_error", "e1")
        bad = {**dialect.session(), "tool_choice": 7}
        await talk.connection.session.update(session=bad, event_id="e2")
        wrong = await refused(talk)
        assert (wrong.event_id, wrong.param) == ("e2", "session.tool_choice")
        await talk.connection.conversation.item.delete(item_id="none", event_id="e3")
        absent = await refused(talk)
        assert absent.event_id == "e3"
        await talk.user(SAY)
        await talk.respond(text=True)
        assert talk.said(await talk.done())
        return " / ".join(found.message for found in (unknown, wrong, absent))


async def secret(case: Case, dialect: Dialect) -> str:
    """A key for a browser, made over HTTP, opens the session that was asked for."""
    async with open_client(case) as client:
        if isinstance(dialect, Beta):
            model: Any = dialect.model
            made = await client.beta.realtime.sessions.create(model=model, instructions="Be kind.")
            key = made.client_secret.value
        else:
            session: Any = {"type": "realtime", "model": dialect.model, "instructions": "Be kind."}
            made = await client.realtime.client_secrets.create(session=session)
            key = made.value
    type(made).model_validate_json(made.model_dump_json(by_alias=True), strict=True)
    assert key.startswith("ek_")
    async with talking(case, dialect, key=key) as talk:
        assert talk.events[0].session.instructions == "Be kind."
        return "the session was as asked for"


async def transcription(case: Case, dialect: Dialect) -> str:
    """A session that only writes down what it hears."""
    async with talking(case, dialect, transcribing=True) as talk:
        vad = {"type": "server_vad", "silence_duration_ms": 400}
        if isinstance(dialect, Beta):
            settings: Any = {"input_audio_transcription": TRANSCRIPTION, "turn_detection": vad}
            await talk.connection.transcription_session.update(session=settings)
            await talk.until("transcription_session.updated")
        else:
            heard = {"transcription": TRANSCRIPTION, "turn_detection": vad}
            settings = {"type": "transcription", "audio": {"input": heard}}
            await talk.connection.session.update(session=settings)
            await talk.until("session.updated")
        await talk.hear()
        done = await talk.until("conversation.item.input_audio_transcription.completed")
        deltas = talk.of("conversation.item.input_audio_transcription.delta", item_id=done.item_id)
        assert "".join(event.delta or "" for event in deltas).strip() == done.transcript.strip()
        assert not talk.of("response.created")
        return str(done.transcript)


async def refused(talk: Any) -> Any:
    """The error that must come next, if need be after events of what went before."""
    while True:
        event = await talk.next()
        if event.type == "error":
            return event.error


SCENARIOS: tuple[Scenario, ...] = (
    text,
    push_to_talk,
    server_vad,
    barge_in,
    function_call,
    out_of_band,
    cancel,
    error,
    secret,
    transcription,
)


def main() -> None:
    parser = program.options()
    parser.add_argument("--dialect", choices=DIALECTS, required=True)
    args = parser.parse_args()
    dialect = DIALECTS[args.dialect]

    def bound(scenario: Scenario) -> program.Scenario:
        return lambda case: scenario(case, dialect)

    scenarios = {scenario.__name__: bound(scenario) for scenario in SCENARIOS}
    program.run(args, dialect.union(), scenarios)


if __name__ == "__main__":
    main()
