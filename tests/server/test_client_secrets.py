"""The store of client secrets, by a clock that the test turns."""

from __future__ import annotations

import re

import pytest

from rtwidgets.errors import RemoteProtocolError
from rtwidgets.protocol.config import SessionConfig
from rtwidgets.server.client_secrets import MAX_SECRETS, ClientSecrets

BRIEF = SessionConfig(type="realtime", instructions="Be brief.")


class Clock:
    now = 1000.5

    def __call__(self) -> float:
        return self.now


def test_a_secret_opens_sessions_until_it_expires() -> None:
    clock = Clock()
    store = ClientSecrets(clock)
    secret = store.create(BRIEF, 60)
    assert re.fullmatch(r"ek_[0-9a-f]{32}", secret.value)
    assert secret.expires_at == 1060
    for clock.now in (1000.5, 1030.0, 1059.9):
        assert store.find(secret.value) == BRIEF
    clock.now = 1060.0
    assert store.find(secret.value) is None


def test_another_key_opens_nothing() -> None:
    store = ClientSecrets(Clock())
    value = store.create(BRIEF, 60).value
    for wrong in ("", "ek_", value[:-1], value + "0", value.upper(), "sk-1", "ek_\udc80"):
        assert store.find(wrong) is None


def test_each_secret_has_its_own_session() -> None:
    store = ClientSecrets(Clock())
    long = SessionConfig(type="realtime", instructions="Be long.")
    one, other = store.create(BRIEF, 60), store.create(long, 60)
    assert one.value != other.value
    assert (store.find(one.value), store.find(other.value)) == (BRIEF, long)


def test_no_more_than_so_many_are_alive() -> None:
    clock = Clock()
    store = ClientSecrets(clock)
    for _ in range(MAX_SECRETS):
        store.create(BRIEF, 60)
    with pytest.raises(RemoteProtocolError) as refused:
        store.create(BRIEF, 60)
    assert refused.value.code == "rate_limit_exceeded"
    clock.now += 60
    assert store.create(BRIEF, 60).expires_at == 1120
    assert len(store._alive) == 1


def test_a_secret_is_not_shown() -> None:
    store = ClientSecrets(Clock())
    secret = store.create(BRIEF, 60)
    assert secret.value not in repr(secret)
    assert secret.value.encode() not in repr(store._alive).encode()
