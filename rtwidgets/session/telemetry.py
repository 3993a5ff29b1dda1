"""``Telemetry``: OpenTelemetry spans of turns, responses and tools, by the GenAI names.

Theory of operation
===================

A program that wants spans imports ``opentelemetry`` and sets a provider up; a session that is
connected after that makes spans, and others pay nothing. The package is looked up, never
imported (extra ``otel``: ``opentelemetry-api`` alone)::

    invoke_agent                  a turn, under the span that was current where it was said
    ├── chat gpt-realtime         each response, CLIENT
    └── execute_tool weather      each call of a tool that ran

Responses that the server makes without a turn of ours have no parent. Names and values are
those of the GenAI conventions; the provider is given under its new name and under the old one,
``gen_ai.system``. What was said is never recorded: tokens, times and errors are.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import UNSET

from ..protocol import events as on
from ..protocol.items import FunctionCall, Response, Usage
from .connecting.secrets import scrub
from .connecting.wire import Wire
from .turns.turn import Turn

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation

__all__ = ["Telemetry", "watch"]


def watch(link: Wire) -> Telemetry | None:
    """Make spans for what happens on ``link``, where the program has OpenTelemetry."""
    trace = sys.modules.get("opentelemetry.trace")
    return None if trace is None else Telemetry(link, trace)


class Telemetry:
    """The open spans of one connection; on the loop thread."""

    def __init__(self, link: Wire, trace: Any) -> None:
        self._link = link
        self._trace = trace
        self._tracer = trace.get_tracer("rtwidgets")
        self._turns: dict[Turn, Any] = {}
        self._responses: dict[str, Any] = {}
        self._silent: dict[str, int] = {}  # responses without a first delta -> begun at, in ns
        link.subscribers.add(self._tool_finished, "session.tool_finished")
        link.subscribers.add(self._session_ended, "session.ended")

    # Turns.

    def begin(self, turn: Turn) -> None:
        """A turn of ours begins, in the context of whoever said it."""
        attributes = {**self._common(), "gen_ai.operation.name": "invoke_agent"}
        self._turns[turn] = self._tracer.start_span(
            "invoke_agent", context=turn.said_under, attributes=attributes
        )

    def end(self, turn: Turn) -> None:
        """All of it is done."""
        span = self._turns.pop(turn, None)
        if span is None:
            return
        span.set_attributes(_tokens(turn.usage))
        span.set_attribute("rtwidgets.turn.status", turn.status)
        if turn.error is not None:
            self._failed(span, type(turn.error).__name__, str(turn.error))
        span.end()

    # Responses.

    def hear(self, event: Any, conversation: Conversation) -> None:
        """Take one event, before a turn ends with it."""
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event, conversation)

    def _created(self, event: on.ResponseCreated, _: Conversation) -> None:
        response_id = event.response.id
        parents = (
            span
            for turn, span in self._turns.items()
            if turn.response is not None and turn.response.id == response_id
        )
        common = self._common()
        model = common.get("gen_ai.request.model", "")
        self._responses[response_id] = self._tracer.start_span(
            f"chat {model}".rstrip(),
            context=self._inside(next(parents, None)),
            kind=self._trace.SpanKind.CLIENT,
            attributes={
                **common,
                "gen_ai.operation.name": "chat",
                "gen_ai.response.id": response_id,
            },
        )
        self._silent[response_id] = time.monotonic_ns()

    def _delta(self, event: Any, _: Conversation) -> None:
        begun = self._silent.pop(event.response_id, None)
        if begun is not None:
            seconds = (time.monotonic_ns() - begun) / 1e9
            span = self._responses[event.response_id]
            span.set_attribute("gen_ai.response.time_to_first_chunk", seconds)

    def _done(self, event: on.ResponseDone, conversation: Conversation) -> None:
        response = event.response
        self._silent.pop(response.id, None)
        span = self._responses.pop(response.id, None)
        if span is None:
            return
        if response.usage is not None:
            span.set_attributes(_tokens(response.usage))
        if (model := conversation.session.model) is not UNSET:
            span.set_attribute("gen_ai.response.model", model)
        if response.output_modalities is not UNSET:
            kind = "speech" if "audio" in response.output_modalities else "text"
            span.set_attribute("gen_ai.output.type", kind)
        span.set_attribute("gen_ai.response.finish_reasons", [_reason(response)])
        if response.status == "failed":
            details = response.status_details
            error = UNSET if details is None else details.error
            code = None if error is UNSET else error.code or error.type
            said = "" if error is UNSET or error.message is UNSET else error.message
            self._failed(span, code or "_OTHER", said)
        span.end()

    # What comes as a notice.

    def _tool_finished(self, event: Any, _: Conversation) -> None:
        call = event.call
        if call.duration_s is None:  # it never ran
            return
        parents = (span for turn, span in self._turns.items() if call in turn.tool_calls)
        now = time.time_ns()
        span = self._tracer.start_span(
            f"execute_tool {call.name}",
            context=self._inside(next(parents, None)),
            start_time=now - int(call.duration_s * 1e9),
            attributes={
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": call.name,
                "gen_ai.tool.type": "function",
                "gen_ai.tool.call.id": call.call_id,
            },
        )
        if call.error is not None:
            self._failed(span, type(call.error).__name__, "")
        span.end(now)

    def _session_ended(self, event: Any, _: Conversation) -> None:
        for turn in tuple(self._turns):
            self.end(turn)
        for span in self._responses.values():
            self._failed(span, "SessionClosed", event.reason)
            span.end()
        self._responses.clear()
        self._silent.clear()

    # What all spans have.

    def _common(self) -> dict[str, Any]:
        target, session = self._link.target, self._link.conversation.session
        address = urlsplit(target.url)
        model = target.model if session.model is UNSET else session.model
        found = {
            "gen_ai.provider.name": _provider(address.hostname or "", target.free),
            "gen_ai.request.model": model,
            "gen_ai.conversation.id": None if session.id is UNSET else session.id,
            "server.address": address.hostname,
            "server.port": address.port,
        }
        found["gen_ai.system"] = found["gen_ai.provider.name"]
        return {name: value for name, value in found.items() if value is not None}

    def _inside(self, parent: Any) -> Any:
        """A context with that parent; an empty one is no span's child."""
        span = self._trace.INVALID_SPAN if parent is None else parent
        return self._trace.set_span_in_context(span)

    def _failed(self, span: Any, kind: str, said: str) -> None:
        span.set_attribute("error.type", kind)
        span.set_status(self._trace.StatusCode.ERROR, scrub(said))


def _tokens(usage: Usage) -> dict[str, int]:
    counts = {
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.input_token_details.cached_tokens,
    }
    return counts if usage.total_tokens else {}


def _reason(response: Response) -> str:
    """Why it ended, in the words of the conventions where they have one."""
    if response.status == "completed":
        called = any(isinstance(item, FunctionCall) for item in response.output)
        return "tool_calls" if called else "stop"
    details = response.status_details
    reason = "" if details is None or details.reason is UNSET else details.reason
    return {"max_output_tokens": "length"}.get(reason, reason or response.status)


def _provider(host: str, free: bool) -> str:
    """A server of unknown make speaks OpenAI's protocol, and the conventions call it so."""
    if free:
        return "rtwidgets"
    return "azure.ai.openai" if host.endswith(".azure.com") else "openai"


_HANDLERS: dict[type, Callable[[Telemetry, Any, Conversation], None]] = {
    on.ResponseCreated: Telemetry._created,
    on.ResponseOutputTextDelta: Telemetry._delta,
    on.ResponseOutputAudioDelta: Telemetry._delta,
    on.ResponseOutputAudioTranscriptDelta: Telemetry._delta,
    on.ResponseDone: Telemetry._done,
}
