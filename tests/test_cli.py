"""The command line as a user meets it: programs, their output, their exit status."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

import rtwidgets as rt
from rtwidgets.audio import read_sound
from rtwidgets.cli import main
from tests.server.wire import dial, tone_of

READY = re.compile(
    r"rtwidgets: serving (ws://127\.0\.0\.1:\d+/v1/realtime) \(engine: simulated\)\n"
)
SERVE = [sys.executable, "-m", "rtwidgets", "serve", "--port", "0", "--engine", "simulated"]


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``rtwidgets serve`` with its address."""
    with subprocess.Popen(
        [*SERVE, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            found = READY.fullmatch(process.stdout.readline())
            assert found is not None, process.stderr and process.stderr.read()
            yield process, found[1]
        finally:
            process.kill()


@pytest.fixture
def question(tmp_path: Path) -> Path:
    """A sound file that an energy detector takes for speech."""
    path = tmp_path / "question.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24000)
        file.writeframes(tone_of(1.0))
    return path


# serve


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_says_one_line_and_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    with serving() as (process, url):

        async def greet() -> None:
            async with dial(url) as wire:
                await wire.say("Hello!")
                await wire.until("response.done")

        asyncio.run(greet())
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (0, "", "")


def test_serve_ends_when_stdin_closes() -> None:
    with serving("--until-stdin-closes") as (process, _):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0


def test_serve_stays_when_nobody_asked_it_to_follow_stdin() -> None:
    with serving() as (process, url):
        assert process.stdin is not None
        process.stdin.close()

        async def greet() -> None:
            async with dial(url):
                pass

        asyncio.run(greet())
        assert process.poll() is None


def test_serve_ends_in_the_middle_of_a_conversation() -> None:
    with serving("--until-stdin-closes") as (process, url):

        async def interrupt() -> int | None:
            async with dial(url) as wire:
                await wire.say("Count from 1 to 1000.")
                await wire.until("response.output_audio.delta")
                process.send_signal(signal.SIGTERM)
                # A client that stops reading is told of the end when it reads on.
                with pytest.raises(ConnectionClosed):
                    await wire.until("never")
                return wire.socket.close_code

        assert asyncio.run(interrupt()) == 1001
        assert process.wait(20) == 0


def test_a_key_from_the_command_line_is_needed() -> None:
    with serving("--api-key", "sk-right") as (_, url):

        async def greet(key: str) -> str:
            headers = {"Authorization": f"Bearer {key}"}
            async with dial(url, additional_headers=headers) as wire:
                return str(wire.events[0]["type"])

        assert asyncio.run(greet("sk-right")) == "session.created"
        with pytest.raises(AssertionError):
            asyncio.run(greet("sk-wrong"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--host", "0.0.0.0", "--engine", "simulated"], "--api-key KEY"),
        (["--port", "TAKEN", "--engine", "simulated"], "taken by another program"),
        (["--port", "70000", "--engine", "simulated"], "no port 70000"),
        (["--host", "no.such.host.invalid", "--engine", "simulated"], "no.such.host.invalid"),
        (["--port", "0", "--engine", "simulated", "--latency-ms", "-1"], "-1"),
    ],
)
def test_serve_refuses_in_one_line(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        options = [port if option == "TAKEN" else option for option in options]
        if "--host" in options:
            options += ["--api-key", "k"] if "invalid" in options[1] else []
        assert main(["serve", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("rtwidgets: ")
    assert err.count("\n") == 1
    assert words in err


@pytest.mark.parametrize("minutes", ["-1", "0", "nan", "soon"])
def test_serve_refuses_an_age_that_is_none(
    minutes: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--engine", "simulated", "--session-minutes", minutes])
    assert ended.value.code == 2
    assert f"{minutes}" in capsys.readouterr().err


# talk


def test_talk_prints_the_turn_and_keeps_the_answer(
    question: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reply = tmp_path / "reply.wav"
    with serving() as (_, url):
        assert main(["talk", str(question), "--url", url, "--out", str(reply)]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^you: +\[simulated: 1\.\d s of speech", out, re.MULTILINE)
    assert re.search(r"^answer: +\w+", out, re.MULTILINE)
    assert re.search(r"^latency: .*first audio \d", out, re.MULTILINE)
    assert re.search(r"^total ", out, re.MULTILINE)
    assert read_sound(reply).duration_s > 1
    assert f"written to {reply}" in out


def test_talk_in_the_beta_dialect_at_the_pace_of_a_person(
    question: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as (_, url):
        assert main(["talk", str(question), "--url", url, "--dialect", "beta", "--realtime"]) == 0
    assert "answer:" in capsys.readouterr().out


def test_talk_starts_its_own_engine(question: Path) -> None:
    command = [sys.executable, "-m", "rtwidgets", "talk", str(question), "--engine", "simulated"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "free (offline)" in done.stdout


def test_talk_says_how_to_wait_longer(question: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["talk", str(question), "--engine", "simulated", "--timeout"]
    assert main([*command, "0.001"]) == 2
    said = capsys.readouterr().err
    # Either the engine or the turn is what was waited for; both name the limit and the way out.
    assert "0.001 s" in said and ("longer timeout" in said or "longer with --timeout" in said)
    assert "or take" not in said
    with rt.serve("simulated", seed=1, latency_ms=2000) as server:
        assert main(["talk", str(question), "--url", server.url, "--timeout", "0.5"]) == 2
    assert "after 0.5 s: wait longer with --timeout" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("absent.wav", None, "absent.wav"),
        ("text.wav", b"this is no sound at all", "text.wav"),
        ("empty.wav", b"", "empty.wav"),
    ],
)
def test_talk_refuses_what_is_no_sound(
    name: str,
    content: bytes | None,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert main(["talk", str(path), "--engine", "simulated"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


def test_talk_names_a_server_that_is_not_there(
    question: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert main(["talk", str(question), "--url", f"ws://127.0.0.1:{port}/v1/realtime"]) == 2
    err = capsys.readouterr().err
    assert str(port) in err
    assert err.count("\n") == 1


def test_talk_names_a_folder_that_is_not_there(
    question: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reply = tmp_path / "absent" / "reply.wav"
    assert main(["talk", str(question), "--engine", "simulated", "--out", str(reply)]) == 2
    assert "absent" in capsys.readouterr().err


def test_talk_refuses_a_folder_before_anything_is_said(
    question: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["talk", str(question), "--engine", "simulated", "--out", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "it is a folder" in err


def test_talk_refuses_a_name_that_promises_another_format(
    question: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reply = tmp_path / "reply.mp3"
    assert main(["talk", str(question), "--engine", "simulated", "--out", str(reply)]) == 2
    assert "reply.wav" in capsys.readouterr().err
    assert not reply.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break in another way there")
def test_talk_ends_quietly_when_nobody_reads_on(question: Path) -> None:
    command = [sys.executable, "-m", "rtwidgets", "talk", str(question), "--engine", "simulated"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 141


def test_talk_says_once_what_the_server_refuses(question: Path) -> None:
    command = [sys.executable, "-m", "rtwidgets", "talk", str(question), "--engine", "simulated"]
    done = subprocess.run(
        [*command, "--voice", "nobody"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("rtwidgets: ")
    assert done.stderr.count("\n") == 1


def test_silence_is_no_failure_of_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "silence.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(np.zeros(16000, np.int16).tobytes())
    with serving() as (_, url):
        assert main(["talk", str(path), "--url", url, "--timeout", "10"]) == 2
    err = capsys.readouterr().err
    assert "heard no speech" in err
    assert err.count("\n") == 1


# all


@pytest.mark.parametrize("command", ["serve", "talk", "lab"])
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert f"example:\n  rtwidgets {command}" in out


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(f"    {command} " in out for command in ("lab", "talk", "serve"))


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("rtwidgets ")


@pytest.mark.parametrize("arguments", [[], ["dance"], ["talk"], ["serve", "--port", "x"]])
def test_a_wrong_command_is_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
