"""The engine in a process of its own: started, shared, and gone with whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import rtwidgets as rt
from rtwidgets.session.connecting.offline_process import LocalServer, local_server

pytestmark = pytest.mark.server

ROOT = str(Path(__file__).parents[3])


def python(text: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", text],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT},
        start_new_session=True,
    )


def gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


START = (
    "import rtwidgets as rt\n"
    "from rtwidgets.session.connecting.offline_process import local_server\n"
    "s = rt.connect(engine='simulated')\n"
    "print(local_server('simulated', 5).pid, flush=True)\n"
)


def test_a_session_with_the_simulated_engine(capsys: pytest.CaptureFixture[str]) -> None:
    with rt.connect(engine="simulated") as session:
        assert session.say("Hello").wait(20).text
        assert session.free and session.usage.money == "free (offline)"
    *_, said = capsys.readouterr().out.split("\r")  # a busy machine says that it is loading
    assert said == "rtwidgets: talking to the offline engine (simulated)\n"


def test_it_is_shared() -> None:
    with rt.connect(engine="simulated", quiet=True) as one:
        begun = time.monotonic()
        with rt.connect(engine="simulated", quiet=True) as two:
            assert one.url == two.url
            assert time.monotonic() - begun < 1
            turns = [session.say(f"count from 1 to {n}") for n in (3, 4) for session in (one, two)]
            assert all(turn.wait(20).text for turn in turns)


def test_a_dead_one_is_replaced() -> None:
    first = local_server("simulated", 30)
    with rt.connect(engine="simulated", quiet=True) as session:
        turn = session.say("tell me 500 sentences")
        first.stop()
        with pytest.raises(rt.SessionClosed):
            turn.wait(10)
    with rt.connect(engine="simulated", quiet=True) as session:
        assert session.say("Hello").wait(20).text


def test_it_ends_with_the_program() -> None:
    process = python(START + "s.say('Hello').wait(20)\n")
    said, _ = process.communicate(timeout=40)
    *_, line, pid = said.splitlines()
    assert line.startswith("rtwidgets: talking to") and process.returncode == 0, said
    assert gone(int(pid), 5)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_it_ends_with_a_killed_program() -> None:
    process = python(START + "import time; time.sleep(60)\n")
    assert process.stdout is not None
    pid = int(next(line for line in process.stdout if line.strip().isdecimal()))
    process.kill()
    process.wait(10)
    assert gone(pid, 5)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for a group")
def test_an_interrupt_of_a_wait_leaves_everything_usable() -> None:
    process = python(
        START + "turn = s.say('tell me 3 sentences')\n"
        "import rtwidgets._loop as L, threading\n"
        "never = rt.Turn(s, 'never')\n"
        "L.post(print, 'waiting', )\n"
        "import sys; L.post(sys.stdout.flush)\n"
        "try:\n    never.wait(60)\n"
        "except KeyboardInterrupt:\n    print('interrupted', bool(turn.wait(20).text), "
        "bool(s.say('Hello').wait(20).text))\n"
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line == "waiting\n":
            break
    time.sleep(0.2)
    begun = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # as Jupyter does it: the whole group
    said, _ = process.communicate(timeout=20)
    assert said == "interrupted True True\n", said
    assert time.monotonic() - begun < 10


def test_what_it_said_is_in_the_error() -> None:
    server = LocalServer(
        "auto", [sys.executable, "-c", "import sys; sys.exit('no such engine: sk-abcdefghijk')"]
    )
    with pytest.raises(rt.ConnectionFailed) as raised:
        server.wait_ready(20)
    assert "no such engine" in str(raised.value) and "sk-abc" not in str(raised.value)
    assert "exit status 1" in str(raised.value)


def test_its_own_reason_is_one_line() -> None:
    fails = "import sys; sys.stderr.write('noise\\nrtwidgets: no such library\\n'); sys.exit(2)"
    server = LocalServer("auto", [sys.executable, "-c", fails])
    with pytest.raises(rt.ConnectionFailed) as raised:
        server.wait_ready(20)
    assert str(raised.value) == "the offline engine did not start: no such library"


def test_one_that_never_gets_ready() -> None:
    server = LocalServer("auto", [sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(rt.ConnectionFailed, match=r"not ready within 0\.3 s"):
        server.wait_ready(0.3)
    server.stop()
    assert not server.running


def test_the_users_key_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine-0123456789")
    look = "import os, sys; sys.exit('key' if 'OPENAI_API_KEY' in os.environ else 'clean')"
    server = LocalServer("auto", [sys.executable, "-c", look])
    with pytest.raises(rt.ConnectionFailed, match="clean"):
        server.wait_ready(20)
