"""From a ``Prompt`` to the messages of a chat model, and from words to a tool."""

from __future__ import annotations

import json
import re
from typing import Any

from ..protocol.config import Tool, ToolChoiceFunction
from ..protocol.items import (
    FunctionCall,
    InputAudio,
    InputText,
    Item,
    Message,
    OutputAudio,
    OutputText,
)
from .base import Prompt
from .pictures import is_picture
from .tool_arguments import object_schema

__all__ = [
    "SPOKEN_STYLE",
    "bounded",
    "chosen_tool",
    "last_user_text",
    "mentioned_tool",
    "message_text",
    "plain_messages",
    "schema_of",
]

SPOKEN_STYLE = (
    "You are talking with the user by voice. Answer in one or two short spoken sentences, "
    "without lists, markup or emoji."
)


_LONGEST_STRING = 80
_LONGEST_LIST = 8
_VALUES = frozenset({"const", "enum", "default", "examples"})


def message_text(message: Message) -> str:
    """The words of all parts of a message, spoken or typed; pictures have none."""
    words: list[str] = []
    for part in message.content:
        if is_picture(part):
            continue
        if isinstance(part, (InputText, OutputText)):
            words.append(part.text)
        elif isinstance(part, (InputAudio, OutputAudio)) and isinstance(part.transcript, str):
            words.append(part.transcript)
    return " ".join(word for word in words if word)


def last_user_text(items: tuple[Item, ...] | Any) -> str:
    """What the user said last, or nothing where a tool or the assistant spoke after that."""
    for item in reversed(items):
        if isinstance(item, Message):
            if item.role == "user":
                return message_text(item)
            if item.role == "assistant":
                return ""
        else:
            return ""
    return ""


def schema_of(tool: Tool) -> dict[str, Any]:
    """The JSON schema of a tool's arguments, an empty object where none was given."""
    return {"properties": {}, **object_schema(tool)}


def bounded(schema: dict[str, Any]) -> dict[str, Any]:
    """``schema`` with a limit on strings and lists: a small model does not end them itself."""

    def bounds(node: dict[str, Any]) -> dict[str, Any]:
        kinds = node.get("type")
        if not isinstance(kinds, list):
            kinds = [kinds]
        found: dict[str, Any] = {}
        if "string" in kinds and not {"enum", "const", "pattern", "format"} & set(node):
            found["maxLength"] = max(_LONGEST_STRING, node.get("minLength", 0))
        if "array" in kinds:
            found["maxItems"] = max(_LONGEST_LIST, node.get("minItems", 0))
        return found

    def visit(node: Any) -> Any:
        if isinstance(node, list):
            return [visit(child) for child in node]
        if not isinstance(node, dict):
            return node
        # Values are no schemas, whatever they look like.
        made = {key: child if key in _VALUES else visit(child) for key, child in node.items()}
        return {**bounds(node), **made}

    limited: dict[str, Any] = visit(schema)
    return limited


_COMMON = frozenset(
    re.findall(
        r"[a-z]+",
        "a an and any are as at be by call can current do does for from function get gets given "
        "has have how i if in into is it its me my of on or please return returns set tell that "
        "the this time to tool use used user using value want what when which who will with you "
        "your",
    )
)


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _words(text: str) -> set[str]:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).replace("_", " ").lower()
    return {_stem(word) for word in re.findall(r"[a-z]+", spaced) if word not in _COMMON}


def mentioned_tool(text: str, tools: tuple[Tool, ...] | Any) -> Tool | None:
    """The tool that ``text`` is about: most shared words, a word of the name counts thrice.

    A model of 135 million parameters picks tools at random (2 of 4 right); shared words
    are dull and right more often. One word of a description alone is too little.
    """
    said = _words(text)
    best: Tool | None = None
    best_score = 1
    for tool in tools:
        description = tool.description if isinstance(tool.description, str) else ""
        names = _words(tool.name)
        score = 3 * len(said & names) + len(said & (_words(description) - names))
        if score > best_score:
            best, best_score = tool, score
    return best


def chosen_tool(prompt: Prompt) -> Tool | None:
    """The tool to call now: what ``tool_choice`` demands, else what the user spoke of."""
    tools = list(prompt.tools)
    if isinstance(prompt.tool_choice, ToolChoiceFunction):
        wanted = prompt.tool_choice.name
        return next((tool for tool in tools if tool.name == wanted), None)
    if prompt.tool_choice == "none" or not tools:
        return None
    found = mentioned_tool(last_user_text(prompt.items), tools)
    if found is None and prompt.tool_choice == "required":
        return tools[0]
    return found


def plain_messages(prompt: Prompt) -> list[dict[str, Any]]:
    """Messages for a model that knows no tools: calls and results become sentences.

    A tool's result is put to the model as a question, because a small model answers the
    last user message and nothing else.
    """
    system = prompt.instructions.strip() or "You are a helpful assistant."
    if prompt.spoken:
        # Longer orders than this make a small model worse at everything else.
        system += " Answer in one or two short sentences."
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}]
    calls: dict[Any, str] = {}
    for item in prompt.items:
        if isinstance(item, Message):
            text = message_text(item)
            if text:
                messages.append({"role": item.role, "content": text})
        elif isinstance(item, FunctionCall):
            calls[item.call_id] = item.name
        else:
            name = calls.get(item.call_id, "the tool")
            messages.append(
                {
                    "role": "user",
                    "content": f"The result of {name} is: {_readable(item.output)}. "
                    "Tell me this in one sentence.",
                }
            )
    if len(messages) == 1:
        messages.append({"role": "user", "content": "Hello."})
    return messages


def _readable(output: str) -> str:
    """A flat JSON object as ``name: value`` pairs, anything else as it is."""
    try:
        value = json.loads(output)
    except ValueError:
        return output
    if isinstance(value, dict):
        return ", ".join(f"{name}: {part}" for name, part in value.items())
    return str(value)
