"""What every engine owes the server, whichever library is inside (``engines/base.py``).

A new engine is one more row of ``BUNDLES``; real ones carry the marker ``engine``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # its stubs are another package
import numpy as np
import pytest
from msgspec import UNSET

from rtwidgets.audio import level_dbfs, read_sound
from rtwidgets.engines import load, simulated
from rtwidgets.engines.base import Engines, Prompt, ToolCall, Vad
from rtwidgets.engines.pictures import CANNOT_SEE
from rtwidgets.protocol.config import Tool, ToolChoice, ToolChoiceFunction
from rtwidgets.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputImage,
    InputText,
    Item,
    Message,
    OutputText,
)
from rtwidgets.protocol.spoken_context import UNSEEN

from .schemas import SCHEMAS

BUNDLES = [
    pytest.param(lambda: simulated.load(seed=1), id="simulated"),
    pytest.param(lambda: load("offline", seed=1), id="offline", marks=pytest.mark.engine),
]

WEATHER = Tool(
    name="get_weather",
    description="The weather in a city",
    parameters={
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            "days": {"type": "integer", "minimum": 1, "maximum": 7},
        },
        "required": ["city", "unit"],
        "additionalProperties": False,
    },
)
TIMER = Tool(
    name="set_timer",
    description="Set a timer",
    parameters={"type": "object", "properties": {"minutes": {"type": "integer"}}},
)
STOP = Tool(name="stop", description="Stop everything")
TOOLS = (WEATHER, TIMER, STOP)
Speech = dict[str, tuple[Path, str]]


@pytest.fixture(scope="module", params=BUNDLES)
def engines(request: pytest.FixtureRequest) -> Engines:
    load: Callable[[], Engines] = request.param
    return load()


def user(text: str) -> Message:
    return Message(role="user", content=(InputText(text=text),))


def spoken(speech: Speech, name: str, rate: int) -> np.ndarray:
    return read_sound(speech[name][0]).resampled(rate).as_float()


def answer(engines: Engines, *items: Item, **settings: object) -> list[str | ToolCall]:
    prompt = Prompt(items=items, max_output_tokens=60, **settings)  # type: ignore[arg-type]
    return list(engines.language_model.generate(prompt))


def probabilities(vad: Vad, sound: np.ndarray) -> list[float]:
    windows = sound[: sound.size // vad.window * vad.window].reshape(-1, vad.window)
    return [vad.probability(window) for window in windows]


# Voice activity


def test_vad_tells_speech_from_silence(engines: Engines, speech: Speech) -> None:
    vad = engines.new_vad()
    silence = np.zeros(vad.rate, np.float32)
    for name in ("agent-pass", "conf-invalid", "vm-goodbye"):
        vad.reset()
        words = spoken(speech, name, vad.rate)
        before = probabilities(vad, silence)
        during = probabilities(vad, words)
        probabilities(vad, silence)
        after = probabilities(vad, silence)
        assert all(0.0 <= p <= 1.0 for p in before + during + after)
        assert max(before + after) < 0.5, name
        loud = sum(p >= 0.5 for p in during) * vad.window / vad.rate
        assert loud > 0.3 * words.size / vad.rate, name


def test_vad_is_made_for_each_connection_and_forgets(engines: Engines, speech: Speech) -> None:
    vad = engines.new_vad()
    words = spoken(speech, "vm-goodbye", vad.rate)
    first = probabilities(vad, words)
    vad.reset()
    assert probabilities(vad, words) == pytest.approx(first)
    other = engines.new_vad()
    assert other is not vad
    assert probabilities(other, words) == pytest.approx(first)


# Recognition


def test_transcriber_writes_something_for_any_speech(engines: Engines, speech: Speech) -> None:
    transcriber = engines.transcriber
    for name in ("agent-pass", "vm-goodbye"):
        pieces = list(transcriber.transcribe(spoken(speech, name, transcriber.rate)))
        assert all(isinstance(piece, str) for piece in pieces)
        assert "".join(pieces).strip()


@pytest.mark.parametrize("n", [0, 1, 160, 16000])
def test_transcriber_takes_a_sound_of_any_length(engines: Engines, n: int) -> None:
    assert isinstance("".join(engines.transcriber.transcribe(np.zeros(n, np.float32))), str)


def test_transcriber_serves_several_connections(engines: Engines, speech: Speech) -> None:
    transcriber = engines.transcriber
    sounds = [spoken(speech, n, transcriber.rate) for n in ("agent-pass", "vm-goodbye")] * 2

    def write(sound: np.ndarray) -> str:
        return "".join(transcriber.transcribe(sound, language="en"))

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(write, sounds))
    assert together == [write(sound) for sound in sounds]


# Language


def test_language_model_answers_in_pieces(engines: Engines) -> None:
    pieces = answer(engines, user("Hello, who are you?"), instructions="Answer briefly.")
    assert all(isinstance(piece, str) for piece in pieces)
    assert len(pieces) > 1
    assert "".join(map(str, pieces)).strip()


@pytest.mark.parametrize("choice", ["required", "named"])
def test_demanded_tool_is_called_with_arguments_that_fit(engines: Engines, choice: str) -> None:
    demand: ToolChoice = "required" if choice == "required" else ToolChoiceFunction(
        name="get_weather"
    )  # fmt: skip
    pieces = answer(engines, user("Weather in Paris?"), tools=(WEATHER,), tool_choice=demand)
    calls = [piece for piece in pieces if isinstance(piece, ToolCall)]
    assert calls and pieces[-len(calls) :] == calls  # text first, then calls
    assert calls[0].name == "get_weather"
    jsonschema.validate(json.loads(calls[0].arguments), WEATHER.parameters)


@pytest.mark.parametrize("said", ["Weather in Paris?", "Set a timer", "Hello"])
def test_forbidden_tool_is_not_called(engines: Engines, said: str) -> None:
    pieces = answer(engines, user(said), tools=TOOLS, tool_choice="none")
    assert pieces and all(isinstance(piece, str) for piece in pieces)


@pytest.mark.parametrize("wanted", ["get_weather", "set_timer", "stop"])
@pytest.mark.parametrize("said", ["Weather in Paris?", "Hello", ""])
def test_of_several_tools_the_named_one_is_called(engines: Engines, wanted: str, said: str) -> None:
    choice = ToolChoiceFunction(name=wanted)
    pieces = answer(engines, user(said), tools=TOOLS, tool_choice=choice)
    assert [piece.name for piece in pieces if isinstance(piece, ToolCall)] == [wanted]


@pytest.mark.parametrize("said", ["Set a timer for 5 minutes", "Hello", ""])
def test_of_several_tools_one_is_called_where_it_must_be(engines: Engines, said: str) -> None:
    pieces = answer(engines, user(said), tools=TOOLS, tool_choice="required")
    called = [piece.name for piece in pieces if isinstance(piece, ToolCall)]
    assert called and set(called) <= {tool.name for tool in TOOLS}
    if "timer" in said:
        assert called[0] == "set_timer"


@pytest.mark.parametrize("name", SCHEMAS)
def test_arguments_fit_any_schema(engines: Engines, name: str) -> None:
    schema = SCHEMAS[name]
    tool = Tool(
        name="book", description="Book a trip", parameters=UNSET if schema is None else schema
    )
    said = user("Book a trip to Paris for Ada, 4 days, 2 people, by card 12345.")
    (call,) = answer(engines, said, tools=(tool,), tool_choice="required")
    assert isinstance(call, ToolCall)
    value = json.loads(call.arguments)
    assert isinstance(value, dict)
    jsonschema.validate(value, schema or {})


PICTURES = [
    pytest.param(InputImage(image_url="data:image/png;base64,AAAA"), id="picture"),
    pytest.param(InputText(text=UNSEEN), id="note"),
]


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("said", ["What is in this picture?", "What is the capital of France?", ""])
def test_a_model_that_cannot_see_says_so(
    engines: Engines, picture: InputImage | InputText, said: str
) -> None:
    if engines.language_model.sees:
        return
    words = (InputText(text=said),) if said else ()
    shown = Message(role="user", content=(*words, picture))
    told = "".join(map(str, answer(engines, shown)))
    assert told.startswith(CANNOT_SEE)
    # Once is enough: the next turn is about something else.
    after = Message(role="assistant", content=(OutputText(text=told),))
    assert CANNOT_SEE not in "".join(map(str, answer(engines, shown, after, user("Hello"))))


def test_what_is_not_seen_is_told_after_a_call_too(engines: Engines) -> None:
    if engines.language_model.sees:
        return
    picture = InputImage(image_url="data:image/png;base64,AAAA")
    shown = Message(role="user", content=(InputText(text="Weather in Paris?"), picture))
    call = FunctionCall(name="get_weather", call_id="c1", arguments='{"city": "Paris"}')
    result = FunctionCallOutput(call_id="c1", output='{"weather": "sunny"}')
    told = "".join(map(str, answer(engines, shown, call, result, tools=(WEATHER,))))
    assert told.startswith(CANNOT_SEE)


def test_a_result_is_told(engines: Engines) -> None:
    pieces = answer(
        engines,
        user("Weather in Paris?"),
        FunctionCall(name="get_weather", call_id="c1", arguments='{"city": "Paris"}'),
        FunctionCallOutput(call_id="c1", output='{"weather": "sunny", "degrees": 21}'),
        tools=(WEATHER,),
        tool_choice="none",
    )
    assert "".join(map(str, pieces)).strip()


def test_generation_can_be_ended_between_two_pieces(engines: Engines) -> None:
    prompt = Prompt(items=(user("Count from 1 to 1000."),), max_output_tokens=400)
    pieces = iter(engines.language_model.generate(prompt))
    assert isinstance(next(pieces), str)
    pieces.close()  # type: ignore[attr-defined]  # a generator, as the contract says
    assert answer(engines, user("Hello"))  # and the model is free again


def test_tokens_are_counted(engines: Engines) -> None:
    count = engines.language_model.count_tokens
    assert count("") == 0
    assert 1 <= count("Hello") <= 5
    assert count("word " * 100) >= 5 * count("word " * 10)
    assert count("Grüße, 世界! 🙂") == count("Grüße, 世界! 🙂") > 0


# Speech


def test_synthesizer_speaks(engines: Engines) -> None:
    synthesizer = engines.synthesizer
    chunks = list(synthesizer.synthesize("Good morning, everybody.", voice=synthesizer.voices[0]))
    assert all(chunk.dtype == np.int16 and chunk.ndim == 1 for chunk in chunks)
    sound = np.concatenate(chunks)
    assert 0.8 < sound.size / synthesizer.rate < 5
    assert -35 < level_dbfs(sound) < -10
    assert np.abs(sound.astype(int)).max() < 32767  # nothing clipped


def test_voices_differ(engines: Engines) -> None:
    synthesizer = engines.synthesizer
    wanted = {"alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse"}
    assert wanted <= set(synthesizer.voices)
    said = {
        voice: np.concatenate(list(synthesizer.synthesize("Good morning.", voice=voice))).tobytes()
        for voice in wanted
    }
    assert len(set(said.values())) == len(wanted)


def test_unknown_voice_is_the_default(engines: Engines) -> None:
    synthesizer = engines.synthesizer

    def say(voice: str) -> np.ndarray:
        return np.concatenate(list(synthesizer.synthesize("Yes.", voice=voice)))

    assert say("nobody").size == say(synthesizer.voices[0]).size


def test_speed_is_heeded(engines: Engines) -> None:
    synthesizer = engines.synthesizer
    text = "This sentence is long enough to be measured."

    def seconds(speed: float) -> float:
        chunks = synthesizer.synthesize(text, voice=synthesizer.voices[0], speed=speed)
        return sum(chunk.size for chunk in chunks) / synthesizer.rate

    assert seconds(1.5) < 0.85 * seconds(1.0) < 0.75 * seconds(0.7)


@pytest.mark.parametrize("text", ["", " ", "…", "?!", "\n"])
def test_text_without_words_does_no_harm(engines: Engines, text: str) -> None:
    synthesizer = engines.synthesizer
    for chunk in synthesizer.synthesize(text, voice=synthesizer.voices[0]):
        assert chunk.dtype == np.int16


def test_speech_can_be_ended_between_two_chunks(engines: Engines) -> None:
    synthesizer = engines.synthesizer
    chunks = iter(synthesizer.synthesize("One, two, three. " * 5, voice="alloy"))
    assert next(chunks).size
    chunks.close()  # type: ignore[attr-defined]  # a generator, as the contract says
    assert list(synthesizer.synthesize("Again.", voice="alloy"))


# All of them


def test_warming_needs_nothing(engines: Engines) -> None:
    engines.warm()
    assert engines.name and engines.details
    assert engines.language_model.name and engines.transcriber.name and engines.synthesizer.name
