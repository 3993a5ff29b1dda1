"""Any OpenAI-compatible chat endpoint as the language model: Ollama, vLLM, llama-server.

Standard library only. The stream is read in the thread that runs the generator, and
closing the generator closes the connection, which tells the endpoint to stop. Whether its
model can see is not told anywhere: pictures are sent until the endpoint refuses them.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import ssl
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from msgspec import UNSET

from ..errors import EngineError
from ..protocol.config import Tool, ToolChoiceFunction
from ..protocol.items import FunctionCall, InputImage, InputText, Message
from ..protocol.spoken_context import UNSEEN, without_pictures
from .base import LimitReached, Prompt, ToolCall
from .chat import SPOKEN_STYLE, bounded, chosen_tool, last_user_text, message_text, schema_of
from .pictures import CANNOT_SEE, shown_since
from .schema_fit import NOTHING
from .tool_arguments import arguments_for, parsed

__all__ = ["ChatEndpoint"]

_TIMEOUT_S = 60.0
"""Between two pieces; a large model may load first."""


class _RefusedError(EngineError):
    """The endpoint answered a request with an error, before any piece."""


class ChatEndpoint:
    """``url`` is the base (``http://127.0.0.1:11434/v1``) or the whole path of the endpoint.

    Without ``model`` the first model of the endpoint's list is taken. Raises
    ``EngineError`` where nothing answers, at once when it is built.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str | None = None,
        api_key: str | None = None,
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise EngineError(f"{url!r} is no http or https address of a chat endpoint")
        path = parts.path.rstrip("/").removesuffix("/chat/completions")
        self._base = path or "/v1"
        self._parts = parts
        self._timeout_s = timeout_s
        self._headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{self._base}"
        self.sees = True
        self.name = model or self._first_model()

    def generate(self, prompt: Prompt) -> Iterator[str | ToolCall]:
        """Pieces of text as they arrive, then the tool calls."""
        demanded = prompt.tool_choice not in ("auto", "none")
        calls: list[ToolCall] = []
        for piece in self._looking(prompt):
            if isinstance(piece, ToolCall):
                calls.append(self._checked(piece, prompt))
            elif not demanded:
                yield piece
        tool = chosen_tool(prompt) if demanded and not calls else None
        if tool is not None:
            calls.append(self._forced(tool, prompt))
        yield from calls

    def _looking(self, prompt: Prompt) -> Iterator[str | ToolCall]:
        """The answer; where the endpoint refuses pictures, one to the words beside them."""
        pictured = any(map(_pictured, prompt.items))
        shown = shown_since(prompt.items) > 0
        if self.sees if pictured else not shown:
            try:
                yield from self._answer(self._body(prompt))
            except _RefusedError:
                if not pictured:
                    raise
            else:
                return
        blind = replace(prompt, items=tuple(map(without_pictures, prompt.items)))
        begun = False
        for piece in self._answer(self._body(blind)):
            self.sees = False  # the pictures were all that was wrong with the request
            if isinstance(piece, str) and not begun and shown:
                yield f"{CANNOT_SEE} "
            begun = begun or isinstance(piece, str)
            yield piece

    def _checked(self, call: ToolCall, prompt: Prompt) -> ToolCall:
        """Endpoints hold a model to a schema or not: arguments that do not fit are mended."""
        tool = next((tool for tool in prompt.tools if tool.name == call.name), None)
        if tool is None:
            if parsed(call.arguments) is NOTHING:
                raise EngineError(f"{self.name} called {call.name!r}, which nobody offered")
            return call
        return self._fitting(tool, prompt, call.arguments)

    def _fitting(self, tool: Tool, prompt: Prompt, written: str) -> ToolCall:
        said = last_user_text(prompt.items)
        arguments = arguments_for(tool, said, random.Random(said), proposal=parsed(written))
        return ToolCall(name=tool.name, arguments=arguments)

    def _answer(self, body: dict[str, Any]) -> Iterator[str | ToolCall]:
        connection = self._connect()
        try:
            calls: dict[int, dict[str, str]] = {}
            cut = False
            for chunk in self._chunks(connection, body):
                for choice in chunk.get("choices") or ():
                    delta = choice.get("delta") or {}
                    cut = cut or choice.get("finish_reason") == "length"
                    if delta.get("content"):
                        yield delta["content"]
                    for part in delta.get("tool_calls") or ():
                        call = calls.setdefault(part.get("index", 0), {"name": "", "arguments": ""})
                        function = part.get("function") or {}
                        call["name"] += function.get("name") or ""
                        call["arguments"] += function.get("arguments") or ""
            if cut and calls:
                raise LimitReached(f"{self.name} came to its limit of tokens in a call")
            for _, call in sorted(calls.items()):
                yield ToolCall(name=call["name"], arguments=call["arguments"] or "{}")
        finally:
            connection.close()

    def _forced(self, tool: Tool, prompt: Prompt) -> ToolCall:
        """Servers leave a demand unheeded where the model's template has no tools: ask for JSON."""
        body = self._body(replace(prompt, tools=(), tool_choice="none"))
        order = f"Call the function {tool.name}: answer with its arguments as JSON, nothing else."
        body["messages"].append({"role": "user", "content": order})
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": tool.name, "schema": bounded(schema_of(tool))},
        }
        text = "".join(piece for piece in self._answer(body) if isinstance(piece, str))
        return self._fitting(tool, prompt, text)

    def count_tokens(self, text: str) -> int:
        """About how many tokens ``text`` is; endpoints have no common way to ask."""
        return sum(-(-len(word) // 6) for word in re.findall(r"\w+|[^\w\s]", text))

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.name,
            "messages": _messages(prompt),
            "stream": True,
        }
        if prompt.max_output_tokens is not None:
            body["max_tokens"] = prompt.max_output_tokens
        if prompt.temperature is not None:
            body["temperature"] = prompt.temperature
        if prompt.tools and prompt.tool_choice != "none":
            body["tools"] = [_function(tool) for tool in prompt.tools]
            choice = prompt.tool_choice
            body["tool_choice"] = (
                {"type": "function", "function": {"name": choice.name}}
                if isinstance(choice, ToolChoiceFunction)
                else choice
            )
        return body

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout_s)

    def _chunks(
        self, connection: http.client.HTTPConnection, body: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """The ``data:`` lines of the endpoint's event stream."""
        response = self._request(connection, "POST", "/chat/completions", json.dumps(body))
        try:
            for line in response:
                if not line.startswith(b"data:"):
                    continue
                data = line[5:].strip()
                if data == b"[DONE]":
                    return
                chunk = json.loads(data)
                if "error" in chunk:
                    raise EngineError(f"{self._where}: {_reason(data)}")
                yield chunk
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise EngineError(f"{self._where} broke off: {error}") from error

    def _request(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: str | None
    ) -> http.client.HTTPResponse:
        try:
            connection.request(method, self._base + path, body, self._headers)
            response = connection.getresponse()
            if response.status >= 400:
                raise _RefusedError(
                    f"{self._where}{path} answered {response.status}: {_reason(response.read())}"
                )
        except (OSError, http.client.HTTPException) as error:
            raise EngineError(
                f"no chat endpoint answers at {self._where}: {error}; is the server running?"
            ) from error
        return response

    def _first_model(self) -> str:
        connection = self._connect()
        try:
            response = self._request(connection, "GET", "/models", None)
            models = json.loads(response.read())
            return str(models["data"][0]["id"])
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
            raise EngineError(
                f"{self._where}/models names no model ({error}); say which one to use"
            ) from error
        finally:
            connection.close()


def _pictured(item: object) -> bool:
    return isinstance(item, Message) and any(isinstance(p, InputImage) for p in item.content)


def _messages(prompt: Prompt) -> list[dict[str, Any]]:
    instructions = prompt.instructions
    if prompt.spoken:
        instructions = f"{instructions}\n{SPOKEN_STYLE}".strip()
    messages: list[dict[str, Any]] = []
    if instructions:
        messages.append({"role": "system", "content": instructions})
    for item in prompt.items:
        if isinstance(item, Message):
            messages.append({"role": item.role, "content": _content(item)})
        elif isinstance(item, FunctionCall):
            call = {
                "id": _call_id(item.call_id),
                "type": "function",
                "function": {"name": item.name, "arguments": item.arguments},
            }
            last = messages[-1] if messages else {}
            if last.get("tool_calls"):
                last["tool_calls"].append(call)
            else:
                messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        else:
            messages.append(
                {"role": "tool", "tool_call_id": _call_id(item.call_id), "content": item.output}
            )
    return messages


def _content(message: Message) -> Any:
    """Plain text, or text and pictures in parts."""
    unseen = sum(isinstance(p, InputText) and p.text == UNSEEN for p in message.content)
    text = " ".join(part for part in (message_text(message), *[UNSEEN] * unseen) if part)
    pictures = [
        {"type": "image_url", "image_url": {"url": part.image_url}}
        for part in message.content
        if isinstance(part, InputImage)
    ]
    return [{"type": "text", "text": text}, *pictures] if pictures else text


def _call_id(value: Any) -> str:
    return "call" if value is UNSET else str(value)


def _function(tool: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name, "parameters": schema_of(tool)}
    if tool.description is not UNSET:
        function["description"] = tool.description
    return {"type": "function", "function": function}


def _reason(data: bytes) -> str:
    """The message of an error body, whichever shape it has."""
    try:
        error = json.loads(data)["error"]
        return str(error.get("message", error) if isinstance(error, dict) else error)
    except (ValueError, LookupError, TypeError):
        return data[:200].decode("utf-8", "replace")
