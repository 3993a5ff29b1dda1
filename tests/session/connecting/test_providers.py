"""Which server the arguments and the environment choose."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rtwidgets.errors import ConnectionFailed, KeyRefused, LocalProtocolError
from rtwidgets.session.connecting.providers import (
    AZURE,
    AZURE_HOSTS,
    AZURE_PREVIEW,
    HOSTED,
    OPENAI,
    resolve,
)

KEY = "sk-test-0123456789abcdef"
WITH_KEY = {"OPENAI_API_KEY": KEY}


def test_without_a_key_it_is_the_offline_engine() -> None:
    target = resolve(environ={})
    assert target.engine == "auto" and target.free and target.name == "offline engine"
    assert not any("authorization" in name.lower() for name in target.headers)


@pytest.mark.parametrize("arguments", [{"environ": WITH_KEY}, {"environ": {}, "api_key": KEY}])
def test_with_a_key_it_is_openai(arguments: dict[str, Any]) -> None:
    target = resolve(**arguments)
    assert target.url == "wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1"
    assert target.headers["Authorization"] == f"Bearer {KEY}"
    assert target.name == "OpenAI gpt-realtime-2.1" and not target.free and target.engine is None
    # The beta header makes OpenAI close the session.
    assert "OpenAI-Beta" not in target.headers


def test_an_engine_wins_over_the_key() -> None:
    target = resolve(engine="simulated", environ=WITH_KEY)
    assert target.engine == "simulated" and KEY not in str(target.headers)


def test_the_environments_key_goes_to_openai_only() -> None:
    other = resolve("ws://10.0.0.1:8765/v1/realtime", environ=WITH_KEY)
    assert KEY not in str(other.headers)
    own = resolve("wss://api.openai.com/v1/realtime", environ=WITH_KEY, model="gpt-realtime-2")
    assert own.headers["Authorization"].endswith(KEY) and own.name == "OpenAI gpt-realtime-2"
    lookalike = resolve("wss://api.openai.com.evil.example/v1/realtime", environ=WITH_KEY)
    assert KEY not in str(lookalike.headers)


def test_addresses() -> None:
    def url(given: str, **more: Any) -> str:
        return resolve(given, environ={}, **more).url

    assert url("http://127.0.0.1:8765") == "ws://127.0.0.1:8765/v1/realtime"
    assert url("127.0.0.1:8765") == "ws://127.0.0.1:8765/v1/realtime"
    assert url("https://x.example/a?b=c") == "wss://x.example/a?b=c"
    assert url("ws://x/r", model="m 1", query={"api-version": "1"}) == (
        "ws://x/r?model=m%201&api-version=1"
    )
    assert resolve("ws://x/r?model=mine", environ={}).model == "mine"
    for wrong in ("ftp://x/r", "ws://", "file:///etc/passwd", "ws://[::1/r", "ws://x:99999/r"):
        with pytest.raises(ConnectionFailed, match="no address"):
            url(wrong)


def test_azure_keys_go_as_they_are_given() -> None:
    target = resolve(
        "wss://r.openai.azure.com/openai/v1/realtime",
        model="deployment",
        headers={"api-key": "azure-secret-0123"},
        environ={},
    )
    assert "Authorization" not in target.headers and target.headers["api-key"]


def test_the_beta_dialect_has_its_header() -> None:
    target = resolve("ws://x/r", dialect="beta", environ={})
    assert target.headers["OpenAI-Beta"] == "realtime=v1"


def test_contradictions() -> None:
    with pytest.raises(LocalProtocolError, match="did you mean 'offline'"):
        resolve(engine="ofline", environ={})
    with pytest.raises(LocalProtocolError, match="dialect"):
        resolve(dialect="gamma", environ={})
    with pytest.raises(LocalProtocolError, match="leave out url="):
        resolve("ws://x/r", engine="offline", environ={})
    with pytest.raises(ConnectionFailed, match="copy it again") as raised:
        resolve(api_key=KEY + "\n", environ={})
    assert KEY not in str(raised.value)


def test_no_key_in_any_repr() -> None:
    target = resolve(
        "wss://user:hunter2-secret@x.example/r?api-key=query-secret-1",
        api_key=KEY,
        headers={"X-Token": "header-secret-1"},
        environ={},
    )
    shown = repr(target) + target.shown_url + target.name
    for secret in (KEY, "hunter2-secret", "query-secret-1", "header-secret-1"):
        assert secret not in shown
    assert "x.example" in target.shown_url


MINE = "https://mine.openai.azure.com"
AZURE_KEY = {"AZURE_OPENAI_API_KEY": "azure-secret-0123"}


def test_azure_by_its_host() -> None:
    target = resolve(MINE, model="my-voice", environ={**WITH_KEY, **AZURE_KEY})
    assert target.url == "wss://mine.openai.azure.com/openai/v1/realtime?model=my-voice"
    assert target.headers == {"api-key": "azure-secret-0123"}
    assert target.dialect.name == "ga" and target.name == "Azure OpenAI my-voice"
    # Its transcription wants a deployment of its own, which nobody asked for.
    assert not target.settings


@pytest.mark.parametrize(
    "arguments", [{"url": MINE, "dialect": "beta"}, {"url": f"{MINE}/openai/realtime"}]
)
def test_the_preview_of_azure(arguments: dict[str, Any]) -> None:
    target = resolve(**arguments, model="my-voice", environ=AZURE_KEY)
    assert target.url == (
        "wss://mine.openai.azure.com/openai/realtime"
        "?api-version=2025-04-01-preview&deployment=my-voice"
    )
    assert target.dialect.name == "beta"
    older = f"{MINE}/openai/realtime?api-version=2024-10-01-preview&deployment=d"
    target = resolve(older, environ=AZURE_KEY)
    assert "2024-10-01-preview" in target.url and target.model == "d"


def test_azure_by_the_host_of_new_resources() -> None:
    target = resolve("https://mine.cognitiveservices.azure.com/", model="d", environ=AZURE_KEY)
    assert target.url == "wss://mine.cognitiveservices.azure.com/openai/v1/realtime?model=d"
    assert target.headers == {"api-key": "azure-secret-0123"}


def test_a_token_takes_the_place_of_azures_key() -> None:
    token = {"Authorization": "Bearer entra-token-0123"}
    assert resolve(MINE, headers=token, environ=AZURE_KEY).headers == token


def test_known_servers_have_their_dialect() -> None:
    qwen = resolve("wss://dashscope.aliyuncs.com/api-ws/v1/realtime", api_key=KEY, environ={})
    assert qwen.dialect.name == "beta"
    grok = resolve("wss://api.x.ai", environ={"XAI_API_KEY": "xai-0123456789"})
    assert grok.url == "wss://api.x.ai/v1/realtime?model=grok-voice-latest"
    assert resolve("ws://10.0.0.1", environ={}).dialect.name == "ga"
    own = resolve("wss://api.stepfun.com/v1/realtime", dialect="ga", api_key=KEY, environ={})
    assert own.dialect.name == "ga"


@pytest.mark.parametrize("url", ["wss://api.openai.com", MINE, "wss://api.x.ai"])
def test_a_server_that_wants_a_key(url: str) -> None:
    with pytest.raises(KeyRefused, match="_API_KEY, or give api_key="):
        resolve(url, environ={})
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        return KEY

    target = resolve(url, environ={}, ask=ask)
    assert KEY in str(target.headers) and KEY not in repr(target)
    assert len(asked) == 1 and asked[0].endswith("_API_KEY")


def test_the_page_of_servers_is_the_table() -> None:
    page = (Path(__file__).parents[3] / "docs" / "servers.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (.+?) \| `(\w+)` \| `(\w+)` \| (.+?) \|$", page, re.MULTILINE)
    told = {name: (address, *rest) for name, address, *rest in rows}
    known = dict(HOSTED)
    known |= {f"NAME{host}": AZURE for host in AZURE_HOSTS}
    known |= {"api.openai.com": OPENAI, 'dialect="beta"': AZURE_PREVIEW}
    assert set(told) == {provider.name for provider in known.values()}
    for host, provider in known.items():
        address, dialect, key, model = told[provider.name]
        assert host in address and (dialect, key) == (provider.dialect.name, provider.key_name)
        named = f"`{provider.model}`" if provider.model else model
        assert model == named and (provider.model or model in ("your deployment", "to be named"))
