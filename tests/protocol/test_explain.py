"""Every event of both dialects is explained, and every one that can be sent has a beginning."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from rtwidgets.protocol import BETA, GA, Dialect, events
from rtwidgets.protocol.explain import SENTENCES, explain
from rtwidgets.protocol.spelling import CLIENT_EVENTS, GA_NAMES, SERVER_EVENTS
from rtwidgets.protocol.templates import templates

NAMES = sorted({*CLIENT_EVENTS, *SERVER_EVENTS, *GA_NAMES})


@pytest.mark.parametrize("name", NAMES)
def test_no_event_of_either_dialect_is_forgotten(name: str) -> None:
    sentence = explain(name)
    assert sentence.endswith(".")
    assert sentence != explain("something.else")


def test_nothing_is_explained_that_does_not_exist() -> None:
    both = {str(kind.__struct_config__.tag) for kind in get_args(events.Event)}
    assert set(SENTENCES) == both


def test_beta_names_say_what_their_ga_names_say() -> None:
    assert explain("response.audio.delta") == explain("response.output_audio.delta")


def test_a_stranger_and_a_frame_that_is_no_event_are_called_so() -> None:
    assert "not one of the protocol's" in explain("my.own.event")
    assert "no event" in explain("")


@pytest.mark.parametrize("dialect", [GA, BETA], ids=lambda d: d.name)
def test_every_event_that_a_server_takes_has_a_beginning_that_is_valid(dialect: Dialect) -> None:
    found = templates(dialect)
    assert set(found) == set(dialect.client_names)
    for name, text in found.items():
        assert json.loads(text)["type"] == name
        assert "\n" in text
        dialect.decode_client(text)
