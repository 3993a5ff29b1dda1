"""A planted key is nowhere: not in a repr, a log, a traceback, a page, the log of events, a file.

The key looks like nothing that could be known to be one, so only what was handed over is cut
out. The server repeats it wherever a server can: in errors, closes, bodies and failures.
"""

from __future__ import annotations

import asyncio
import base64
import http
import json
import logging
import pickle
import time
import traceback
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import rtwidgets as rt
from tests.conftest import lacking
from tests.session.scripted import Peer, Script

pytestmark = pytest.mark.server

KEY = "plain-words-and-7351-no-prefix"
HEADER = "another-of-the-same-4420"
QUERY = "third-one-in-the-address-9917"
MCP = "token-of-an-mcp-server-1105"
SECRETS = (KEY, HEADER, QUERY, MCP)


def leaks(text: str) -> list[str]:
    """Which of the secrets stand in ``text``, plain or in base64."""
    coded = {base64.b64encode(secret.encode()).decode().rstrip("="): secret for secret in SECRETS}
    return [s for s in SECRETS if s in text] + [s for code, s in coded.items() if code in text]


def with_locals(error: BaseException) -> str:
    """The traceback as the most talkative tools show it."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


async def _complain(peer: Peer, event: dict[str, Any]) -> None:
    await peer.error(f"who is {KEY}, {HEADER}, {QUERY}?", event_id=event["event_id"])


async def _fail(peer: Peer, event: dict[str, Any]) -> None:
    await peer.begin(event)
    error = {"type": "server_error", "code": "x", "message": f"bad key {KEY} {HEADER}"}
    response = peer.response("failed", {}, status_details={"type": "failed", "error": error})
    peer.active = None
    await peer.send("response.done", response=response)


def options() -> dict[str, Any]:
    """Secrets in every place that takes one."""
    return {
        "api_key": KEY,
        "headers": {"X-Trace-Token": HEADER},
        "query": {"api-key": QUERY},
        "tools": [
            {
                "type": "mcp",
                "server_label": "docs",
                "server_url": "https://docs.example/mcp",
                "authorization": MCP,
            }
        ],
        "quiet": True,
    }


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Everything that was logged, at every level, with tracebacks and arguments."""

    def text() -> str:
        form = logging.Formatter("%(name)s %(message)s")
        ours = (r for r in caplog.records if not r.name.startswith("websockets.server"))
        return "\n".join(f"{form.format(r)} {r.args!r} {r.msg!r}" for r in ours)

    with caplog.at_level(logging.DEBUG):
        yield text


def test_reprs_logs_and_events(script: Script, log: Callable[[], str]) -> None:
    script.on["input_audio_buffer.clear"] = _complain
    with rt.connect(script.url, **options()) as session:
        assert "Bearer " + KEY in script.headers[0].values(), "it was really sent"
        assert MCP in json.dumps(script.events[0])
        session.clear_audio()
        turn = session.say("x").wait(5)
        shown = [repr(session), repr(turn), turn._repr_html_(), session.url, session.name]
        shown += [repr(session.usage), session.usage._repr_html_(), repr(session.errors)]
        shown += [repr(session.conversation.session), repr(session.asked_vs_granted)]
        shown += [str(e) + e.text + repr(e) for e in session.events_log]
        assert leaks("\n".join(shown)) == []
        assert any("[key]" in text for text in shown), "something was cut out"
        assert leaks(repr(session._link.target) + repr(session._link.updates.asked.config)) == []
    assert leaks(log()) == []


def test_widgets_and_their_messages(script: Script) -> None:
    from tests.widgets.talk import Page

    script.on["input_audio_buffer.clear"] = _complain
    script.on["response.create"] = _fail
    with rt.connect(script.url, **options()) as session:
        console = rt.Console(session)
        parts = [console, console.microphone, console.speaker, console.transcript]
        pages = [Page(part) for part in (*parts, rt.UsageTable(session), rt.Waveform(session))]
        with pytest.raises(rt.ApiError):
            session.say("x").wait(5)
        session.clear_audio()
        deadline = time.monotonic() + 5
        while not console.detail and time.monotonic() < deadline:
            time.sleep(0.05)  # the header shows the complaint at its next look
        shown = repr([(page.state, page.messages, page.updates) for page in pages])
        shown += repr([page.panel.get_state() for page in pages])
        assert leaks(shown) == []
        assert "who is [key]" in console.detail


def test_errors_and_their_tracebacks(script: Script, log: Callable[[], str]) -> None:
    shown = []

    def refuse(connection: Any, request: Any) -> Any:
        return connection.respond(http.HTTPStatus(401), f"not {KEY} nor {QUERY}\n")

    async def greet(peer: Peer, event: dict[str, Any]) -> None:
        await peer.error(f"Incorrect API key provided: {KEY}", code="invalid_api_key")
        await peer.ws.close(3000, f"no {HEADER}")

    async def close(peer: Peer, event: dict[str, Any]) -> None:
        await peer.ws.close(1008, f"no {KEY} {QUERY}")

    for server in (Script(refuse=refuse), Script(greet=greet), Script(greet=close)):
        with server, pytest.raises(rt.ConnectionFailed) as failed:
            rt.connect(server.url, **options())
        shown.append(with_locals(failed.value))
    with pytest.raises(rt.ConnectionFailed) as failed:
        rt.connect("ws://127.0.0.1:1", **options())
    shown.append(with_locals(failed.value))
    with pytest.raises(rt.LocalProtocolError) as wrong:
        rt.connect(script.url, **options(), voise="verse")
    shown.append(with_locals(wrong.value))
    with pytest.raises(rt.ConnectionFailed) as broken:
        rt.connect(script.url, **{**options(), "api_key": f"{KEY} with blanks"})
    shown.append(with_locals(broken.value))
    for kind, answer in (("response.create", _fail), ("response.create", close)):
        script.on[kind] = answer
        session = rt.connect(script.url, **options())
        with pytest.raises(rt.RealtimeError) as raised:
            session.say("x").wait(5)
        shown.append(with_locals(raised.value) + str(session.why_closed) + repr(session))
        session.close()
    del script.on["response.create"]
    script.on["session.update"] = _complain
    with pytest.raises(rt.ApiError) as refused:
        rt.connect(script.url, **options())
    shown.append(with_locals(refused.value))
    assert len(shown) == 9 and [leaks(text) for text in shown] == [[]] * 9
    assert leaks(log()) == []


def test_what_is_pickled_or_saved(script: Script, tmp_path: Path) -> None:
    with rt.connect(script.url, **options()) as session:
        session.say("x").wait(5)
        texts = [event.text for event in session.events_log]
        assert leaks("\n".join(texts)) == []
        blob = pickle.dumps([str(error) for error in session.errors] + texts)
        assert leaks(blob.decode("latin-1")) == []


def test_what_is_exported(script: Script, tmp_path: Path) -> None:
    from rtwidgets.session.shown.protocol import as_html, as_text
    from rtwidgets.session.shown.talk import talk_html

    script.on["input_audio_buffer.clear"] = _complain
    with rt.connect(script.url, **options()) as session:
        session.say("x").wait(5)
        session.clear_audio()
        script.on["response.create"] = _fail
        with pytest.raises(rt.ApiError):
            session.say("y").wait(5)
    for name in ("talk.jsonl", "talk.wav", "talk.html", "talk.srt"):
        session.save(tmp_path / name)
    for name in ("talk.jsonl", "talk.html", "talk.srt"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert leaks(text) == [] and "Hello there" in text, name
    for table in ("events", "turns", "usage"):
        assert leaks(json.dumps(session.to_rows(table))) == []  # type: ignore[arg-type]
    again = rt.replay(tmp_path / "talk.jsonl", quiet=True)
    for one in (session, again):
        shown = talk_html(one.record()) + repr(one.record()) + str(as_html(one.events_log))
        shown += "".join(str(as_html(event)) + as_text(event) for event in one.events_log)
        shown += repr(one) + repr(one.errors) + one.url
        assert leaks(shown) == []
        assert "who is [key]" in shown, "the complaint is there, without what it repeats"


def test_a_client_secret_and_the_key_that_made_it(log: Callable[[], str], tmp_path: Path) -> None:
    with rt.serve(engine="simulated", port=0, api_key=KEY) as server:
        secret = rt.client_secret(server.url, api_key=KEY, headers={"X-Trace-Token": HEADER})
        shown = [repr(secret), repr([secret]), pickle.dumps(secret).decode("latin-1")]
        with rt.connect(client_secret=secret, quiet=True) as session:
            session.say("x").wait(10)
            shown += [repr(session), session.url, session.name, repr(session._link.target)]
            shown += [event.text for event in session.events_log]
            blob = pickle.dumps([str(e) for e in session.errors] + [session.url, secret])
            shown.append(blob.decode("latin-1"))
        late = rt.ClientSecret(
            secret.value, expires_at=1, session=secret.session, url=secret.url, dialect="ga"
        )
        attempts: list[Callable[[], Any]] = [
            lambda: rt.connect(client_secret=late),
            lambda: rt.connect("ws://127.0.0.1:1", client_secret=secret.value),
            lambda: rt.connect(client_secret=secret, api_key=KEY),
            lambda: rt.connect(client_secret=secret, voise="verse"),
            lambda: rt.client_secret(server.url, api_key=KEY + HEADER),
            lambda: rt.client_secret("ws://127.0.0.1:1", api_key=KEY),
            lambda: rt.client_secret(server.url, api_key=KEY, voise="verse"),
            lambda: asyncio.run(rt.client_secret_async(server.url, api_key=KEY, voise="verse")),
            lambda: asyncio.run(rt.client_secret_async("ws://127.0.0.1:1", api_key=KEY)),
        ]
        for attempt in attempts:
            with pytest.raises(rt.RealtimeError) as raised:
                attempt()
            shown.append(str(raised.value) + of_ours(raised.value))
    for text in (*shown, log()):
        assert leaks(text) == [] and secret.value not in text


def of_ours(error: BaseException) -> str:
    """The traceback without the frames of the test, which hold the secrets themselves."""
    found = traceback.TracebackException.from_exception(error, capture_locals=True)
    found.stack[:] = [frame for frame in found.stack if frame.filename != __file__]
    return "".join(found.format())


def test_a_saved_notebook(script: Script, tmp_path: Path) -> None:
    if not all(map(find_spec, ("nbformat", "nbclient", "ipykernel"))):
        lacking("nbclient is not installed: pip install -e '.[lab,dev]'")
    import nbclient
    import nbformat

    script.on["input_audio_buffer.clear"] = _complain
    cells = [
        (
            "import os, logging, rtwidgets as rt\n"
            "logging.basicConfig(level='DEBUG')\n"
            "logging.getLogger('asyncio').setLevel('WARNING')\n"
            "session = rt.connect(os.environ['URL'], api_key=os.environ['PLANTED'],\n"
            "    headers={'X-Trace-Token': os.environ['HEADER']},\n"
            "    query={'api-key': os.environ['QUERY']})\n"
            # IPython 8 writes out all of os.environ where a line that fails names it.
            "def planted(): return os.environ['PLANTED']"
        ),
        "console = rt.Console(session); console",
        "session.clear_audio(); turn = session.say('x').wait(10); turn",
        "session.usage",
        "display(session, session.errors, list(session.events_log), session.asked_vs_granted)",
        "%xmode Verbose\nrt.connect('ws://127.0.0.1:1', api_key=planted())",
        "session.update(voise='verse')",
        "session.close(); session.say('y')",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    env = {"URL": script.url, "PLANTED": KEY, "HEADER": HEADER, "QUERY": QUERY}
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "x", "language": "python"}
    client = nbclient.NotebookClient(
        book, timeout=60, kernel_name="python3", allow_errors=True, store_widget_state=True
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        client.execute()
    saved = tmp_path / "saved.ipynb"
    nbformat.write(book, saved)
    text = saved.read_text(encoding="utf-8")
    # It holds what it should: widgets, the answer, the log with the key cut out, three errors.
    assert "application/vnd.jupyter.widget-state+json" in text and "Hello there" in text
    record = next(
        output["data"]["text/html"]
        for cell in book.cells
        for output in cell["outputs"]
        if output.get("data", {}).get("text/plain", "").startswith("Record of the talk")
    )
    assert "Hello there" in record and "who is [key]" in record, "and the record that stays"
    assert "Authorization: Bearer [key]" in text and text.count('"output_type": "error"') == 3
    assert leaks(text) == []
