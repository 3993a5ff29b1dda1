"""Settings as a form: what is shown where, in which limits, and what is made of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rtwidgets.errors import LocalProtocolError
from rtwidgets.protocol import BETA, GA, Dialect
from rtwidgets.protocol.config import SessionConfig, merge
from rtwidgets.protocol.defaults import default_session, transcription_session
from rtwidgets.session.settings.fields import FIELDS, field_of, fields_for, form_value, settings
from rtwidgets.session.settings.flat import SETTINGS, session_config

SESSION = default_session(id="s", model="m", expires_at=1)


def names(dialect: Dialect, config: SessionConfig = SESSION, model: str = "m") -> set[str]:
    return {field.name for field in fields_for(dialect, dialect.session(config), model)}


def test_every_setting_has_a_field_but_the_tools() -> None:
    assert {field.setting for field in FIELDS} == set(SETTINGS) - {"tools"}
    assert len({field.name for field in FIELDS}) == len(FIELDS)


def test_a_dialect_shows_what_it_can_say() -> None:
    ga, beta = names(GA), names(BETA)
    assert "temperature" not in ga
    assert "temperature" in beta
    assert {"idle_timeout_ms", "truncation"} <= ga
    assert not {"idle_timeout_ms", "truncation", "reasoning"} & beta


@pytest.mark.parametrize(
    ("model", "reasons"),
    [
        ("gpt-realtime-2", True),
        ("gpt-realtime-2.1-mini", True),
        ("gpt-realtime", False),
        ("gpt-realtime-2025-08-28", False),
        ("gpt-4o-realtime-preview", False),
    ],
)
def test_reasoning_is_shown_for_models_that_reason(model: str, reasons: bool) -> None:
    assert ("reasoning" in names(GA, model=model)) is reasons


def test_reasoning_is_shown_where_it_was_asked_for_or_is_told() -> None:
    asked = fields_for(GA, SESSION, "m", frozenset({"reasoning"}))
    assert "reasoning" in [field.name for field in asked]
    told = merge(SESSION, session_config({"reasoning": {"effort": "low"}}))
    assert "reasoning" in names(GA, told)


def test_a_session_that_only_writes_down_has_no_settings_of_answers() -> None:
    shown = names(GA, transcription_session(id="s", expires_at=1, model="whisper-1"))
    assert {"transcription.model", "turn_detection", "threshold", "include"} <= shown
    assert not {"voice", "instructions", "create_response", "idle_timeout_ms"} & shown


def test_limits_and_choices_are_the_protocols() -> None:
    fields = {field.name: field for field in fields_for(BETA, SESSION, "m")}
    temperature = fields["temperature"]
    assert (temperature.least, temperature.most, temperature.whole) == (0.6, 1.2, False)
    tokens = fields["max_output_tokens"]
    assert (tokens.least, tokens.most, tokens.whole) == (1, 4096, True)
    assert fields["eagerness"].choices == ("auto", "low", "medium", "high")
    assert fields["turn_detection"].choices == ("off", "server_vad", "semantic_vad")


def test_functions_can_be_chosen_by_name() -> None:
    with_tool = merge(SESSION, session_config({"tools": [{"name": "weather", "parameters": {}}]}))
    fields = {field.name: field for field in fields_for(GA, with_tool, "m")}
    assert fields["tool_choice"].choices == ("auto", "none", "required", "weather")


def value(name: str, config: SessionConfig) -> Any:
    field = field_of(name)
    assert field is not None
    return form_value(field, config)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("instructions", "Be kind."),
        ("voice", "ash"),
        ("speed", 1.2),
        ("output_modalities", "text"),
        ("max_output_tokens", 100),
        ("max_output_tokens", "no limit"),
        ("temperature", 0.7),
        ("reasoning", "high"),
        ("turn_detection", "semantic_vad"),
        ("turn_detection", "off"),
        ("threshold", 0.7),
        ("idle_timeout_ms", 6000),
        ("idle_timeout_ms", "off"),
        ("eagerness", "low"),
        ("create_response", False),
        ("transcription.model", "whisper-1"),
        ("transcription.model", "off"),
        ("noise_reduction", "near_field"),
        ("noise_reduction", "off"),
        ("input_format", "audio/pcmu"),
        ("include", True),
        ("include", False),
        ("tool_choice", "required"),
        ("parallel_tool_calls", True),
        ("truncation", "disabled"),
        ("tracing", "auto"),
        ("tracing", "off"),
        ("prompt", '{"id": "pmpt_1"}'),
        ("prompt", ""),
    ],
)
def test_what_the_form_says_is_what_comes_into_force(name: str, shown: Any) -> None:
    config = session_config(settings({name: shown}, SESSION), current=SESSION, dialect="beta")
    assert value(name, merge(SESSION, config)) == shown


def test_a_transcription_is_given_whole() -> None:
    whole = session_config({"transcription": {"model": "whisper-1", "language": "de"}})
    config = merge(SESSION, whole)
    changed = settings({"transcription.prompt": "Jupyter"}, config)
    assert changed == {
        "transcription": {"model": "whisper-1", "language": "de", "prompt": "Jupyter"}
    }
    assert settings({"transcription.model": "off"}, config) == {"transcription": None}


def test_what_cannot_be_read_is_said_with_its_name() -> None:
    with pytest.raises(LocalProtocolError, match=r"^prompt is no JSON"):
        settings({"prompt": "{"}, SESSION)
    with pytest.raises(LocalProtocolError, match=r"^colour is no setting"):
        settings({"colour": "red"}, SESSION)


def test_what_is_in_force_and_no_plain_word_can_be_kept() -> None:
    config = merge(SESSION, session_config({"tracing": {"workflow_name": "w"}}))
    fields = {field.name: field for field in fields_for(GA, config, "m")}
    assert fields["tracing"].choices == ("off", "auto", "custom")
    assert value("tracing", config) == "custom"


def test_what_a_server_does_not_say_is_not_made_up() -> None:
    bare = SessionConfig(model="m")
    told = [form_value(field, bare) for field in fields_for(GA, bare, "m")]
    assert set(map(msgspec.json.encode, told)) == {b"null"}
