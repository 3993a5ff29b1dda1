"""Random sessions keep the rules, and what they once found stays repaired.

``make fuzz`` runs the first two tests for minutes instead of a moment.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from rtwidgets.errors import RemoteProtocolError
from rtwidgets.protocol.dialects import BETA, GA
from rtwidgets.protocol.work import Respond
from tests.pair import Pair
from tests.protocol.random_frames import spoil
from tests.protocol.random_sessions import RandomSession
from tests.protocol.test_transcripts import NAMES, Transcript

#: How long each of both tests looks for trouble; without it, a moment.
SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
FEW = settings(max_examples=25, stateful_step_count=25, suppress_health_check=SLOW)
MANY = settings(FEW, max_examples=400, stateful_step_count=50, derandomize=False)


def test_random_sessions_keep_the_rules() -> None:
    end = time.monotonic() + SECONDS
    run_state_machine_as_test(RandomSession, settings=MANY if SECONDS else FEW)
    while time.monotonic() < end:
        run_state_machine_as_test(RandomSession, settings=MANY)


def test_a_client_takes_whatever_a_server_says() -> None:
    end = time.monotonic() + SECONDS
    heard = settings(MANY if SECONDS else FEW)(given(st.data())(hear_a_strange_server))
    heard()
    while time.monotonic() < end:
        heard()


def hear_a_strange_server(data: st.DataObject) -> None:
    """A session of ``tests/transcripts``, with lines lost, repeated, moved and spoiled."""
    transcript = Transcript(data.draw(st.sampled_from(NAMES)))
    dialect = data.draw(st.sampled_from([GA, BETA, transcript.dialect]))
    lines = [json.loads(json.dumps(event)) for event in transcript.server]
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(lines) - 1))
        how = data.draw(st.sampled_from(["lose", "repeat", "move", "spoil", "spoil"]))
        if how == "spoil":
            spoil(lines[place], data)
        elif how == "repeat":
            lines.insert(place, json.loads(json.dumps(lines[place])))
        elif len(lines) > 1:
            line = lines.pop(place)
            if how == "move":
                lines.insert(data.draw(st.integers(0, len(lines))), line)
    client, twin = transcript.client_of(dialect), transcript.client_of(dialect)
    for line in lines:
        text = json.dumps(line)
        with contextlib.suppress(RemoteProtocolError):
            client.receive(text)
        with contextlib.suppress(RemoteProtocolError):
            twin.receive(text)
    state = client.conversation
    assert state == twin.conversation
    ids = [str(item.id) for item in state.items]
    assert len(ids) == len(set(ids))
    assert all(isinstance(state.text(item_id), str) for item_id in ids)
    ended = [r.id for r in state.responses.values() if r.status != "in_progress"]
    assert len(state.usage.rows) == len(ended)


# Findings


@pytest.mark.parametrize("how", ["finished", "cancelled"])
def test_an_item_that_is_deleted_while_it_is_made_leaves_nothing(pair: Pair, how: str) -> None:
    pair.client.create_response()
    pair.settle()
    work = pair.take(Respond)
    say(pair, work, "One ")
    item_id = str(pair.client.conversation.items[-1].id)
    pair.client.delete_item(item_id)
    pair.settle()
    say(pair, work, "two.")
    if how == "finished":
        pair.server.finished(work.response_id)
    else:
        pair.client.cancel_response()
    pair.settle()
    (told,) = pair.client.conversation.responses[work.response_id].output
    assert told.content[0].transcript == "One two."  # type: ignore[union-attr]
    assert pair.client.conversation.items == ()
    assert pair.client.conversation.oddities == 0
    assert item_id not in pair.server._listener._sounds


def say(pair: Pair, work: Any, words: str) -> None:
    """Some of an answer, spoken."""
    pair.server.text_delta(work.response_id, words)
    pair.server.audio_delta(work.response_id, bytes(4800))
    pair.settle()
