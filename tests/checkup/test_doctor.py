"""The doctor as a person meets it: text, widget, and the page's lines among the kernel's."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from rtwidgets.checkup import Check, Checkup, Place, doctor
from rtwidgets.cli import main
from rtwidgets.widgets.doctor import MOST_CHARS, MOST_LINES, Doctor
from tests.widgets.talk import Page, Talk

PAGE_LINE = {"name": "devices", "state": "ok", "text": "1 microphone", "todo": ""}


def test_as_text() -> None:
    found = doctor(environ={})
    assert "Python" in str(found)
    assert repr(found) == str(found)
    assert found.ok
    assert not doctor(url="ws://127.0.0.1:9/", environ={}).ok


def test_as_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--url", "ws://127.0.0.1:9/v1/realtime"]) == 1
    out = capsys.readouterr().out
    assert "✗  server" in out
    assert "rt.doctor()" in out


def test_words_from_outside_are_no_html() -> None:
    found = doctor(environ={})
    found._found = [Check("x", "ok", "<script>alert(1)</script>")]
    assert "<script>" not in found._repr_html_()
    assert "&lt;script&gt;" in found._repr_html_()


def panel(talk: Talk, *answers: list[Check]) -> tuple[Doctor, threading.Semaphore]:
    """A doctor whose kernel finds one answer after the other."""
    left = list(answers)
    asked = threading.Semaphore(0)

    def examine() -> list[Check]:
        found = left.pop(0) if len(left) > 1 else left[0]
        asked.release()
        return found

    session: Any = talk
    return Doctor(session, examine=examine), asked


def settle(talk: Talk, asked: threading.Semaphore) -> None:
    """The examining thread is done, and what it found is shown."""
    assert asked.acquire(timeout=10)
    for thread in threading.enumerate():
        if thread.name == "rtwidgets-doctor":
            thread.join(10)
    talk.advance(1)


def test_the_kernels_lines_reach_the_page() -> None:
    talk = Talk()
    shown, asked = panel(talk, [Check("key", "bad", "none", "set one")])
    page = Page(shown)
    settle(talk, asked)
    assert page.state["rows"] == [
        {"name": "key", "state": "bad", "text": "none", "todo": "set one"}
    ]
    assert page.state["looking"] is False


def test_a_report_of_a_page_joins_them_and_lets_the_kernel_look_again() -> None:
    talk = Talk()
    shown, asked = panel(
        talk, [Check("kernel", "ok", "not known")], [Check("kernel", "ok", "live")]
    )
    page = Page(shown)
    settle(talk, asked)
    page.send("report", checks=[PAGE_LINE])
    talk.advance()
    settle(talk, asked)
    assert page.state["rows"][0]["text"] == "live"
    assert shown.page_checks == [Check("devices", "ok", "1 microphone")]
    assert shown.page == "p1"
    page.send("again")
    talk.advance()
    settle(talk, asked)


def test_what_a_page_reports_is_held_to_its_form() -> None:
    talk = Talk()
    shown, asked = panel(talk, [Check("kernel", "ok", "")])
    page = Page(shown)
    settle(talk, asked)
    odd = {**PAGE_LINE, "state": "great", "text": "x" * 10_000, "more": 1}
    page.send("report", checks=[odd] * 100)
    talk.advance()
    settle(talk, asked)
    lines = shown.page_checks
    assert len(lines) == MOST_LINES
    assert (lines[0].state, len(lines[0].text)) == ("unknown", MOST_CHARS)


def test_a_checkup_without_a_session_has_a_panel_too() -> None:
    found = Checkup(Place(environ={}))
    shown = found.panel
    assert shown is found.panel
    data = found._repr_mimebundle_()[0]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].startswith("ok  Python")
    shown.close()
