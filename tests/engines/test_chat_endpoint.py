"""The endpoint engine against llama.cpp's own HTTP server: a real socket, a real model."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtwidgets.engines import load
from rtwidgets.engines.base import LimitReached, Prompt, ToolCall
from rtwidgets.engines.chat_endpoint import ChatEndpoint
from rtwidgets.errors import EngineError
from rtwidgets.protocol.config import Tool, ToolChoice, ToolChoiceFunction
from rtwidgets.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputImage,
    InputText,
    Item,
    Message,
)
from rtwidgets.protocol.spoken_context import UNSEEN

engine = pytest.mark.engine
KEY = "a key"
WEATHER = Tool(
    name="get_weather",
    description="The weather of a city",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
)


def user(text: str) -> Message:
    return Message(role="user", content=(InputText(text=text),))


@pytest.fixture(scope="module")
def address(gguf: Path) -> Iterator[str]:
    """The HTTP server of the llama.cpp library."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(gguf)
    params.model_alias = {"smol"}
    params.n_ctx = 2048
    params.n_parallel = 1
    params.verbosity = 0
    params.api_keys = [KEY]
    for cores in (params.cpuparams, params.cpuparams_batch):
        cores.n_threads = 2
        cores.poll = 0
    server = xllamacpp.Server(params)
    yield server.listening_address
    del server


@pytest.fixture(scope="module")
def endpoint(address: str) -> ChatEndpoint:
    return ChatEndpoint(f"{address}/v1", api_key=KEY)


def answer(endpoint: ChatEndpoint, *items: Item, **settings: object) -> list[str | ToolCall]:
    prompt = Prompt(items=items, temperature=0.1, **settings)  # type: ignore[arg-type]
    return list(endpoint.generate(prompt))


@engine
def test_answer_streams(endpoint: ChatEndpoint) -> None:
    assert endpoint.name == "smol"
    pieces = answer(endpoint, user("What is the capital of France?"), max_output_tokens=40)
    assert len(pieces) > 3
    assert "Paris" in "".join(map(str, pieces))


@engine
@pytest.mark.parametrize("choice", ["required", ToolChoiceFunction(name="get_weather")])
def test_demanded_tool_is_called(endpoint: ChatEndpoint, choice: ToolChoice) -> None:
    question = user("What is the weather in Paris?")
    (call,) = answer(endpoint, question, tools=(WEATHER,), tool_choice=choice, max_output_tokens=60)
    assert isinstance(call, ToolCall)
    assert call.name == "get_weather"
    assert isinstance(json.loads(call.arguments)["city"], str)


@engine
def test_conversation_with_a_call_is_understood(endpoint: ChatEndpoint) -> None:
    call = FunctionCall(name="get_weather", call_id="c1", arguments='{"city": "Paris"}')
    result = FunctionCallOutput(call_id="c1", output="sunny")
    pieces = answer(endpoint, user("Weather?"), call, result, max_output_tokens=20)
    assert "".join(map(str, pieces)).strip()


@engine
def test_closed_answer_frees_the_only_place(endpoint: ChatEndpoint) -> None:
    for _ in range(3):
        pieces = endpoint.generate(Prompt(items=(user("Count to a thousand."),)))
        next(pieces)
        pieces.close()  # type: ignore[attr-defined]  # a generator, as the contract says
    assert answer(endpoint, user("Hi"), max_output_tokens=3)


@engine
def test_wrong_key_is_quoted(address: str) -> None:
    with pytest.raises(EngineError, match=r"answered 401: Invalid API Key"):
        ChatEndpoint(address)
    with pytest.raises(EngineError, match=r"chat/completions answered 401"):
        answer(ChatEndpoint(address, model="smol", api_key="another"), user("Hi"))


@engine
def test_wrong_path_is_quoted(address: str) -> None:
    with pytest.raises(EngineError, match=r"/other/models answered 404"):
        ChatEndpoint(f"{address}/other", api_key=KEY)


@engine
def test_engine_answers_through_it(address: str) -> None:
    engines = load("offline", llm_url=address, llm_api_key=KEY)
    assert engines.name == "offline"
    assert engines.details["language_model"] == "smol"
    prompt = Prompt(items=(user("Hi"),), max_output_tokens=3)
    assert list(engines.language_model.generate(prompt))


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: a refusal for certain
        with pytest.raises(EngineError, match=r"no chat endpoint answers at .*is the server"):
            ChatEndpoint(f"http://127.0.0.1:{taken.getsockname()[1]}/v1")


@pytest.mark.parametrize("url", ["ftp://host/v1", "http://", ""])
def test_no_address_of_a_server(url: str) -> None:
    with pytest.raises(EngineError, match="no http or https address"):
        ChatEndpoint(url)


def served(*answers: bytes) -> tuple[str, list[bytes], threading.Thread]:
    """A server that sends these bytes, one connection each; what it was sent."""
    listener = socket.create_server(("127.0.0.1", 0))
    received: list[bytes] = []

    def run() -> None:
        with listener:
            for answer in answers:
                connection, _ = listener.accept()
                with connection:
                    stream = connection.makefile("rb")
                    length = 0
                    while line := stream.readline().strip().lower():
                        if line.startswith(b"content-length:"):
                            length = int(line.split(b":")[1])
                    body = stream.read(length)
                    received.append(body)
                    connection.sendall(answer)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/v1", received, thread


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def events(*chunks: object) -> bytes:
    lines = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks]
    return HEAD + b": a comment\n\n" + b"".join(lines) + b"data: [DONE]\n\n"


def delta(**fields: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": fields}]}


def test_tool_calls_in_pieces_are_joined() -> None:
    def part(index: int, **function: str) -> dict[str, object]:
        return delta(tool_calls=[{"index": index, "function": function}])

    url, received, thread = served(
        events(
            delta(role="assistant", content=None),
            delta(content="One moment."),
            part(0, name="get_weather", arguments=""),
            part(0, arguments='{"city": '),
            part(1, name="now"),
            part(0, arguments='"Paris"}'),
            {"choices": [], "usage": {}},
        )
    )
    prompt = Prompt(instructions="Be kind.", items=(user("Hi"),), tools=(WEATHER,))
    assert list(ChatEndpoint(url, model="m").generate(prompt)) == [
        "One moment.",
        ToolCall(name="get_weather", arguments='{"city": "Paris"}'),
        ToolCall(name="now", arguments="{}"),
    ]
    thread.join(10)
    sent = json.loads(received[0])
    assert sent["stream"] is True
    assert sent["tool_choice"] == "auto"
    assert sent["tools"][0]["function"]["parameters"] == WEATHER.parameters
    assert sent["messages"][0]["content"].startswith("Be kind.\n")


def test_pictures_and_calls_are_sent_in_their_own_shape() -> None:
    url, received, thread = served(events(delta(content="A cat.")))
    picture = InputImage(image_url="data:image/png;base64,AAAA")
    items = (
        Message(role="user", content=(InputText(text="What is it?"), picture)),
        FunctionCall(name="look", call_id="c1", arguments="{}"),
        FunctionCallOutput(call_id="c1", output="fur"),
    )
    assert list(ChatEndpoint(url, model="m").generate(Prompt(items=items, spoken=False)))
    thread.join(10)
    asked, call, result = json.loads(received[0])["messages"]
    assert [part["type"] for part in asked["content"]] == ["text", "image_url"]
    assert call["tool_calls"][0]["id"] == result["tool_call_id"] == "c1"
    assert result == {"role": "tool", "tool_call_id": "c1", "content": "fur"}


def refused(message: bytes) -> bytes:
    return b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n%b" % (len(message), message)


def test_an_endpoint_that_refuses_pictures_answers_the_words_and_says_so() -> None:
    url, received, _ = served(
        refused(b"no images"), events(delta(content="Hello.")), events(delta(content="Again."))
    )
    endpoint = ChatEndpoint(url, model="m")
    assert endpoint.sees
    picture = InputImage(image_url="data:image/png;base64,AAAA")
    prompt = Prompt(items=(Message(role="user", content=(InputText(text="Hi"), picture)),))
    assert list(endpoint.generate(prompt)) == ["I cannot see pictures. ", "Hello."]
    assert not endpoint.sees  # and it is not asked again
    assert list(endpoint.generate(prompt)) == ["I cannot see pictures. ", "Again."]
    assert [b"image_url" in body for body in received] == [True, False, False]


def test_the_note_of_the_server_is_answered_like_the_picture() -> None:
    url, received, _ = served(events(delta(content="Hello.")))
    endpoint = ChatEndpoint(url, model="m")
    endpoint.sees = False
    note = Message(role="user", content=(InputText(text="Hi"), InputText(text=UNSEEN)))
    assert list(endpoint.generate(Prompt(items=(note,)))) == ["I cannot see pictures. ", "Hello."]
    assert UNSEEN in json.loads(received[0])["messages"][-1]["content"]


def test_a_failure_is_not_blamed_on_the_picture() -> None:
    url, _, _ = served(refused(b"broken"), refused(b"still broken"))
    endpoint = ChatEndpoint(url, model="m")
    picture = InputImage(image_url="data:image/png;base64,AAAA")
    with pytest.raises(EngineError, match="still broken"):
        list(endpoint.generate(Prompt(items=(Message(role="user", content=(picture,)),))))
    assert endpoint.sees


@pytest.mark.parametrize("written", ['{"town": "Paris"}', '{"city": 7}', '{"city": "Par', ""])
def test_arguments_that_do_not_fit_are_mended(written: str) -> None:
    call = delta(
        tool_calls=[{"index": 0, "function": {"name": "get_weather", "arguments": written}}]
    )
    url, _, _ = served(events(call))
    prompt = Prompt(items=(user("Weather in Paris"),), tools=(WEATHER,))
    (made,) = ChatEndpoint(url, model="m").generate(prompt)
    assert isinstance(made, ToolCall)
    assert json.loads(made.arguments)["city"] == "Paris"


def test_a_call_that_the_limit_cut_is_none() -> None:
    call = delta(
        tool_calls=[{"index": 0, "function": {"name": "get_weather", "arguments": '{"ci'}}]
    )
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}
    url, _, _ = served(events(delta(content="So."), call, end))
    pieces = ChatEndpoint(url, model="m").generate(Prompt(items=(user("Hi"),), tools=(WEATHER,)))
    assert next(pieces) == "So."
    with pytest.raises(LimitReached):
        next(pieces)


def test_a_broken_call_of_a_tool_that_nobody_offered_fails() -> None:
    call = delta(tool_calls=[{"index": 0, "function": {"name": "fly", "arguments": "{"}}])
    url, _, _ = served(events(call))
    with pytest.raises(EngineError, match="'fly', which nobody offered"):
        list(ChatEndpoint(url, model="m").generate(Prompt(items=(user("Hi"),))))


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (events({"error": {"message": "out of memory"}}), "out of memory"),
        (HEAD + b"data: {broken\n\n", "broke off"),
        (b"", "no chat endpoint answers"),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 5\r\n\r\nwoops", "answered 500: woops"),
    ],
)
def test_failures_are_told(reply: bytes, message: str) -> None:
    url, _, _ = served(reply)
    with pytest.raises(EngineError, match=message):
        list(ChatEndpoint(url, model="m").generate(Prompt(items=(user("Hi"),))))


def test_list_of_models_without_any() -> None:
    body = b'{"data": []}'
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    url, _, _ = served(head + body)
    with pytest.raises(EngineError, match="names no model"):
        ChatEndpoint(url)


def test_tokens_are_guessed() -> None:
    count = ChatEndpoint("http://127.0.0.1:1", model="m").count_tokens
    assert count("") == 0
    assert count("Hello, world!") == 4
    assert count("internationalization") > 2
