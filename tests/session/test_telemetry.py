"""Spans of turns, responses and tools, with the real SDK of OpenTelemetry."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import rtwidgets as rt
from rtwidgets.session.telemetry import Telemetry
from tests.session.scripted import Peer, Script

pytestmark = pytest.mark.server


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Spans of this test; the global provider can be set once only, so it is asked around."""
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield memory
    provider.shutdown()


def named(exporter: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [s for s in exporter.get_finished_spans() if s.name.startswith(name)]


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_turn_and_its_response(exporter: InMemorySpanExporter, script: Script) -> None:
    tracer = trace.get_tracer("mine")
    with rt.connect(script.url, quiet=True) as session:
        with tracer.start_as_current_span("my program"):
            session.say("Hello").wait(5)
        port = int(script.url.split(":")[2].split("/")[0])
    (mine,), (turn,), (chat,) = (
        named(exporter, name) for name in ("my program", "invoke_agent", "chat")
    )
    assert mine.context and turn.context and turn.parent and chat.parent
    assert turn.parent.span_id == mine.context.span_id
    assert chat.parent.span_id == turn.context.span_id
    assert chat.name == "chat gpt-realtime" and chat.kind is trace.SpanKind.CLIENT
    first = attributes(chat).pop("gen_ai.response.time_to_first_chunk")
    assert 0 < first < 5
    assert attributes(chat) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-realtime",
        "gen_ai.response.model": "gpt-realtime",
        "gen_ai.response.id": chat.attributes["gen_ai.response.id"],  # type: ignore[index]
        "gen_ai.response.time_to_first_chunk": first,
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.conversation.id": "sess_1",
        "gen_ai.usage.input_tokens": 139,
        "gen_ai.usage.output_tokens": 61,
        "gen_ai.usage.cache_read.input_tokens": 64,
        "server.address": "127.0.0.1",
        "server.port": port,
    }
    whole = attributes(turn)
    assert whole["gen_ai.operation.name"] == "invoke_agent"
    assert whole["gen_ai.usage.input_tokens"] == 139
    assert whole["rtwidgets.turn.status"] == "completed"
    assert chat.status.is_unset and turn.status.is_unset


def test_what_was_said_is_not_recorded(exporter: InMemorySpanExporter, script: Script) -> None:
    with rt.connect(script.url, quiet=True, api_key="sk-planted-0123456789") as session:
        session.say("a secret of mine").wait(5)
    text = "".join(span.to_json() for span in exporter.get_finished_spans())
    assert "secret of mine" not in text and "Hello there" not in text and "planted" not in text


def test_tools_are_spans_of_their_turn(exporter: InMemorySpanExporter) -> None:
    def weather(city: str) -> str:
        """The weather of a city."""
        raise ZeroDivisionError("what it says stays here")

    with (
        rt.serve("simulated", seed=1) as server,
        rt.connect(server.url, quiet=True, tools=[weather]) as session,
    ):
        session.say("Call weather").wait(10)
    (turn,), (tool,) = named(exporter, "invoke_agent"), named(exporter, "execute_tool")
    chats = named(exporter, "chat")
    assert tool.name == "execute_tool weather" and turn.context and tool.parent
    assert tool.parent.span_id == turn.context.span_id
    assert [c.parent.span_id for c in chats if c.parent] == [turn.context.span_id] * 2
    assert [attributes(c)["gen_ai.response.finish_reasons"] for c in chats] == [
        ("tool_calls",),
        ("stop",),
    ]
    found = attributes(tool)
    assert found["gen_ai.tool.name"] == "weather" and found["gen_ai.tool.call.id"]
    assert found["error.type"] == "ZeroDivisionError" and "stays here" not in tool.to_json()
    assert attributes(chats[0])["gen_ai.provider.name"] == "rtwidgets"
    assert attributes(turn)["gen_ai.usage.input_tokens"] == sum(
        attributes(c)["gen_ai.usage.input_tokens"] for c in chats
    )


def test_a_response_that_fails(exporter: InMemorySpanExporter, script: Script) -> None:
    async def fail(peer: Peer, event: dict[str, Any]) -> None:
        await peer.begin(event)
        error = {"type": "server_error", "code": "overloaded", "message": "too much at once"}
        details = {"type": "failed", "error": error}
        await peer.send(
            "response.done", response=peer.response("failed", {}, status_details=details)
        )

    script.on["response.create"] = fail
    with rt.connect(script.url, quiet=True) as session, pytest.raises(rt.ApiError):
        session.say("Hello").wait(5)
    (chat,), (turn,) = named(exporter, "chat"), named(exporter, "invoke_agent")
    assert attributes(chat)["error.type"] == "overloaded"
    assert chat.status.description == "too much at once" and not chat.status.is_ok
    assert attributes(turn)["error.type"] == "ApiError"
    assert attributes(turn)["rtwidgets.turn.status"] == "failed"


def test_a_session_that_ends_ends_its_spans(exporter: InMemorySpanExporter, script: Script) -> None:
    async def vanish(peer: Peer, event: dict[str, Any]) -> None:
        await peer.begin(event)
        await peer.ws.close(1011, "gone")

    script.on["response.create"] = vanish
    with rt.connect(script.url, quiet=True) as session, pytest.raises(rt.SessionClosed):
        session.say("Hello").wait(5)
    (chat,), (turn,) = named(exporter, "chat"), named(exporter, "invoke_agent")
    assert attributes(chat)["error.type"] == "SessionClosed" and "gone" in chat.to_json()
    assert attributes(turn)["error.type"] == "SessionClosed"


def test_a_response_of_the_servers_own_making_has_no_parent(
    exporter: InMemorySpanExporter, script: Script
) -> None:
    async def answer(peer: Peer, event: dict[str, Any]) -> None:
        await peer.begin()
        await peer.finish("By myself")

    script.on["input_audio_buffer.clear"] = answer
    with rt.connect(script.url, quiet=True) as session:
        done = threading.Event()
        session.on("response.done", lambda event: done.set())
        session.clear_audio()
        assert done.wait(5)
        session.say("x").wait(5)
    parents = [span.parent for span in named(exporter, "chat")]
    assert parents[0] is None and parents[1] is not None


def test_spans_that_cannot_be_made_stop_nothing(
    exporter: InMemorySpanExporter, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> Any:
        raise RuntimeError("no spans today")

    monkeypatch.setattr(Telemetry, "_common", broken)
    with rt.connect(script.url, quiet=True) as session:
        assert session.say("Hello").wait(5).text == "Hello there"
        assert "no spans today" in str(session.callback_errors[0])


def test_without_the_package_nothing_is_imported_and_nothing_is_made(script: Script) -> None:
    program = f"""
import sys
sys.modules["opentelemetry"] = None  # as if it were not installed
import rtwidgets as rt
with rt.connect({script.url!r}, quiet=True) as session:
    assert session.say("x").wait(5).text == "Hello there"
    assert session._link.telemetry is None
assert not any(name.startswith("opentelemetry.") for name in sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_session_that_was_resumed_makes_spans(
    exporter: InMemorySpanExporter, script: Script
) -> None:
    with rt.connect(script.url, quiet=True) as first:
        first.say("one").wait(5)
        with first.resume() as second:
            second.say("two").wait(5)
    assert len(named(exporter, "invoke_agent")) == len(named(exporter, "chat")) == 2
