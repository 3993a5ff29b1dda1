"""A small language model in this process: SmolLM2-135M through llama.cpp.

It is a voice to try things with, not an assistant: it invents facts and forgets. It does
not choose tools either; shared words do (``chat.mentioned_tool``), and the model then
fills in the arguments: a grammar made from the tool's JSON schema leaves it no other signs
than those that fit, and ``tool_arguments`` mends what a grammar cannot say. It sees nothing
and would describe a picture all the same, so ``generate`` speaks before the model does.
"""

from __future__ import annotations

import functools
import http.client
import json
import logging
import queue
import random
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import EngineError
from ..protocol.config import Tool
from .base import Prompt, ToolCall
from .chat import bounded, chosen_tool, last_user_text, plain_messages, schema_of
from .libraries import require
from .pictures import CANNOT_SEE, about_a_picture, shown_since
from .tool_arguments import arguments_for, parsed

__all__ = ["LlamaLanguageModel"]

log = logging.getLogger(__name__)

_CONTEXT = 4096
_SLOTS = 2
"""Conversations that keep their place in the cache; two is what two cores can speak for."""
_HISTORY, _STEP = 1000, 600
"""Tokens of history read, and how many go at once when it is more. Reading costs 5 ms a
token, and a history cut anew at every turn would be read anew at every turn."""
_THREADS = 1
"""llama.cpp's threads wait for each other by spinning: where a browser or a synthesizer takes
one of two cores, a token cost 250 to 340 ms with two threads and 13 to 26 ms with one."""
_LONGEST_ANSWER = 512
_LONGEST_ARGUMENT = 200
_TEMPERATURE = 0.1
"""What the protocol's 1.0 is to this model: at 0.3 it is no longer sure of the capital of
France. Without heat it repeats itself, which ``dry_multiplier`` ends."""


class LlamaLanguageModel:
    """Any GGUF chat model; ``path`` is the file. One instance serves all connections."""

    sees = False

    def __init__(self, path: Path, *, threads: int = _THREADS, seed: int | None = None) -> None:
        llama = require("xllamacpp")
        self.name = path.stem
        self._seed = seed
        params = llama.CommonParams()
        params.model.path = str(path)
        params.n_ctx = _CONTEXT
        params.n_parallel = _SLOTS
        params.kv_unified = True
        params.cache_ram_mib = 0
        params.verbosity = 0
        params.ui = False
        # The library opens a port on the loopback; nobody else shall use it.
        self._key = secrets.token_hex(16)
        params.api_keys = [self._key]
        for cores in (params.cpuparams, params.cpuparams_batch):
            cores.n_threads = threads
            # Idle threads that poll take the cores from the synthesizer.
            cores.poll = 0
        try:
            self._server = llama.Server(params)
        except Exception as error:  # the binding raises bare RuntimeError and worse
            raise EngineError(f"llama.cpp cannot load {path}: {error}") from error
        self._address = urlsplit(self._server.listening_address)
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None
        self._count = functools.lru_cache(4096)(self._count_tokens)

    def generate(self, prompt: Prompt) -> Iterator[str | ToolCall]:
        """Pieces of text as they are made, or one tool call; closing it stops the model."""
        tool = chosen_tool(prompt)
        if tool is not None:
            yield ToolCall(name=tool.name, arguments=self._arguments(tool, prompt))
            return
        limit = min(prompt.max_output_tokens or _LONGEST_ANSWER, _LONGEST_ANSWER)
        if shown_since(prompt.items):
            asked = last_user_text(prompt.items)
            remark = CANNOT_SEE
            if about_a_picture(asked):
                remark += " Please tell me in words what is on it."
            limit -= self.count_tokens(remark)
            yield remark
            if about_a_picture(asked) or limit <= 0:
                return
            yield " "
        request = {
            "messages": self._fitted(plain_messages(prompt)),
            "max_tokens": limit,
            "temperature": _TEMPERATURE * (prompt.temperature or 1.0),
            "top_p": 0.9,
            "dry_multiplier": 0.8,
            "cache_prompt": True,
            "stream": True,
        }
        if self._seed is not None:
            request["seed"] = self._seed
        yield from self._stream(request)

    def count_tokens(self, text: str) -> int:
        """The model's own count; half a millisecond the first time, then remembered."""
        return self._count(text) if text else 0

    def _stream(self, request: dict[str, Any]) -> Iterator[str]:
        pieces: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
        closed = threading.Event()

        def take(chunk: dict[str, Any]) -> bool:
            if "error" in chunk:
                pieces.put(EngineError(f"{self.name}: {chunk['error'].get('message')}"))
                return True
            for choice in chunk.get("choices", ()):
                if choice["delta"].get("content"):
                    pieces.put(choice["delta"]["content"])
            return closed.is_set()

        def work() -> None:
            try:
                self._server.handle_chat_completions(request, take)
            except Exception as error:  # noqa: BLE001 - raised again where the pieces are read
                pieces.put(EngineError(f"{self.name} failed: {error}"))
            finally:
                pieces.put(None)

        threading.Thread(target=work, name="rtwidgets-llama", daemon=True).start()
        try:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece
        finally:
            closed.set()

    def _arguments(self, tool: Tool, prompt: Prompt) -> str:
        description = tool.description if isinstance(tool.description, str) else ""
        said = last_user_text(prompt.items) or "Call the function."
        schema = schema_of(tool)
        names = schema.get("properties")
        properties = ", ".join(names) if isinstance(names, dict) and names else "none"
        request: dict[str, Any] = {
            "messages": [
                {
                    "role": "system",
                    "content": f"Fill in the arguments of the function {tool.name} "
                    f"({description}) from what the user says. Answer in JSON with the "
                    f"properties {properties}.",
                },
                {"role": "user", "content": said},
            ],
            "max_tokens": _LONGEST_ARGUMENT,
            "temperature": 0,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"schema": bounded(schema)},
            },
        }
        try:
            answer = self._server.handle_chat_completions(request)
            content = answer["choices"][0]["message"]["content"]
        except (ValueError, LookupError) as error:
            # A schema that no grammar can express, or a prompt beyond the context.
            log.debug("%s made no arguments for %s: %r", self.name, tool.name, error)
            content = ""
        return arguments_for(
            tool, said, random.Random(f"{self._seed}/{tool.name}/{said}"), proposal=parsed(content)
        )

    def _fitted(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The first message and the last ones, cut in steps so that the cache stays of use."""
        lengths = [self.count_tokens(message["content"]) + 5 for message in messages[1:]]
        surplus = sum(lengths) - _HISTORY
        if surplus <= 0:
            return messages
        drop = -(-surplus // _STEP) * _STEP
        start = 0
        while start < len(lengths) - 1 and drop > 0:
            drop -= lengths[start]
            start += 1
        return [messages[0], *messages[1 + start :]]

    def _count_tokens(self, text: str) -> int:
        body = json.dumps({"content": text})
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/json",
        }
        with self._lock:
            for attempt in (1, 2):
                if self._connection is None:
                    self._connection = http.client.HTTPConnection(
                        self._address.hostname or "127.0.0.1", self._address.port, timeout=10
                    )
                try:
                    self._connection.request("POST", "/tokenize", body, headers)
                    return len(json.loads(self._connection.getresponse().read())["tokens"])
                except (OSError, http.client.HTTPException) as error:
                    # The other end closes a connection that was idle.
                    self._connection.close()
                    self._connection = None
                    if attempt == 2:
                        raise EngineError(f"{self.name} cannot count tokens: {error}") from error
        raise AssertionError("unreachable")
