from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rtwidgets.engines.base import Prompt, ToolCall
from rtwidgets.engines.llama import LlamaLanguageModel
from rtwidgets.errors import EngineError
from rtwidgets.protocol.config import Tool
from rtwidgets.protocol.items import InputText, Item, Message, OutputText

pytestmark = pytest.mark.engine

TIMER = Tool(
    name="set_timer",
    description="Set a timer",
    parameters={
        "type": "object",
        "properties": {"minutes": {"type": "integer"}},
        "required": ["minutes"],
    },
)


def user(text: str) -> Message:
    return Message(role="user", content=(InputText(text=text),))


def test_answer_is_about_the_question(llama: LlamaLanguageModel) -> None:
    pieces = list(llama.generate(Prompt(items=(user("What is the capital of France?"),))))
    assert "Paris" in "".join(map(str, pieces))


def test_arguments_come_from_the_words(llama: LlamaLanguageModel) -> None:
    prompt = Prompt(items=(user("Please set a timer for 5 minutes."),), tools=(TIMER,))
    (call,) = llama.generate(prompt)
    assert isinstance(call, ToolCall)
    assert (call.name, json.loads(call.arguments)) == ("set_timer", {"minutes": 5})


def test_what_the_grammar_cannot_say_is_mended(llama: LlamaLanguageModel) -> None:
    tool = Tool(
        name="mix",
        description="Mix paint",
        parameters={
            "type": "object",
            "properties": {
                "color": {"enum": ["red", "blue"]},
                "share": {"type": "number", "exclusiveMinimum": 0.2, "maximum": 0.3},
                "parts": {"type": "array", "items": {"type": "integer", "multipleOf": 7},
                          "minItems": 3, "uniqueItems": True},
            },
            "required": ["color", "share", "parts"],
        },
    )  # fmt: skip
    prompt = Prompt(items=(user("Mix blue paint, 5 parts."),), tools=(tool,))
    (call,) = llama.generate(prompt)
    assert isinstance(call, ToolCall)
    value = json.loads(call.arguments)
    assert value["color"] == "blue"
    assert 0.2 < value["share"] <= 0.3
    assert len(set(value["parts"])) >= 3 and not any(part % 7 for part in value["parts"])


def test_arguments_that_the_model_does_not_end_are_ended(llama: LlamaLanguageModel) -> None:
    properties = {f"word{n}": {"type": "string", "minLength": 60} for n in range(12)}
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    tool = Tool(name="write", description="Write words", parameters=schema)
    (call,) = llama.generate(Prompt(items=(user("Write words."),), tools=(tool,)))
    assert isinstance(call, ToolCall)
    assert all(len(word) >= 60 for word in json.loads(call.arguments).values())


def test_limit_of_tokens_is_kept(llama: LlamaLanguageModel) -> None:
    prompt = Prompt(items=(user("Tell me a long story."),), max_output_tokens=10)
    assert 1 <= len(list(llama.generate(prompt))) <= 10


def test_closed_answer_stops_the_model(llama: LlamaLanguageModel) -> None:
    prompt = Prompt(items=(user("Tell me a very long story."),), spoken=False)
    for _ in range(6):  # more than the model has places for
        pieces = llama.generate(prompt)
        next(pieces)
        pieces.close()  # type: ignore[attr-defined]  # a generator, as the contract says
    started = time.process_time()
    list(llama.generate(Prompt(items=(user("Hi"),), max_output_tokens=3)))
    assert time.process_time() - started < 5


def test_conversations_are_answered_together(llama: LlamaLanguageModel) -> None:
    def ask(city: str) -> str:
        prompt = Prompt(items=(user(f"What is the capital of {city}?"),), max_output_tokens=12)
        return "".join(map(str, llama.generate(prompt)))

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(ask, ["France", "Italy", "Japan"]))
    assert all(answers)


def test_long_conversation_is_cut_in_steps(llama: LlamaLanguageModel) -> None:
    items: list[Item] = []
    starts: set[str] = set()
    for turn in range(60):
        items.append(user(f"Question {turn}: " + "what do you think about that? " * 4))
        messages = [{"role": "system", "content": "s"}]
        for item in items:
            assert isinstance(item, Message)
            (part,) = item.content
            assert isinstance(part, (InputText, OutputText))
            messages.append({"role": item.role, "content": part.text})
        kept = llama._fitted(messages)
        assert kept[0] == messages[0]
        assert kept[-1] == messages[-1]
        assert sum(llama.count_tokens(m["content"]) for m in kept) <= 1100
        starts.add(kept[1]["content"])
    # A new start means reading everything again: rarely, not at every turn.
    assert 1 < len(starts) <= 6
    assert list(llama.generate(Prompt(items=tuple(items), max_output_tokens=3)))


def test_instructions_beyond_the_context_are_an_error(llama: LlamaLanguageModel) -> None:
    with pytest.raises(EngineError, match=r"exceeds the available context"):
        list(llama.generate(Prompt(instructions="word " * 6000, items=(user("Hi"),))))


def test_schema_that_the_library_does_not_know_is_an_error(llama: LlamaLanguageModel) -> None:
    broken = Tool(name="set_timer", parameters={"type": "object", "properties": 7})
    prompt = Prompt(items=(user("set timer"),), tools=(broken,), tool_choice="required")
    with pytest.raises(EngineError, match="set_timer"):
        list(llama.generate(prompt))


def test_tokens_are_the_models_own(llama: LlamaLanguageModel) -> None:
    assert llama.count_tokens("Hello there, how are you?") == 7
    started = time.perf_counter()
    for _ in range(1000):
        llama.count_tokens("Hello there, how are you?")
    assert time.perf_counter() - started < 0.5


def test_nobody_else_may_use_the_port(llama: LlamaLanguageModel) -> None:
    address = llama._server.listening_address
    request = urllib.request.Request(
        f"{address}/v1/chat/completions",
        json.dumps({"messages": [{"role": "user", "content": "Hi"}]}).encode(),
        {"Content-Type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(request, timeout=10)


def test_file_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "no.gguf").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(EngineError, match=r"no\.gguf"):
        LlamaLanguageModel(tmp_path / "no.gguf")
