"""The capture page in a real browser: a kernel without a notebook's microphone is spoken to."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import OpenNotebook
from tests.e2e.frontends import FACTS, TALK
from tests.e2e.test_frontends import SAMPLES, assert_unaltered, heard_by, speak

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

#: What a notebook's page is in VS Code: no microphone, at an address of its own kind.
LIKE_VS_CODE = """
navigator.mediaDevices.getUserMedia = () =>
  Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
document.body.classList.add("vscode-dark");
document.body.dataset.vscodeThemeKind = "vscode-dark";
"""


def test_vs_code_offers_a_page_that_records(
    open_notebook: OpenNotebook, browser: Browser, microphone: Path
) -> None:
    notebook = open_notebook("capture.ipynb", [TALK, FACTS, "display(mic, speaker)"])
    notebook.page.evaluate(LIKE_VS_CODE)
    notebook.run_all()
    notebook.page.get_by_role("button", name="Record").first.click()
    expect(notebook.page.get_by_text("VS Code gives its notebooks no microphone")).to_be_visible()
    notebook.page.get_by_role("button", name="Use a browser").click()
    link = notebook.page.locator(".rtw-capture a")
    expect(link).to_be_visible()
    address = str(link.get_attribute("href"))
    notebook.screenshot(Path(".run/pages/capture_link.png"))
    assert address.startswith("http://127.0.0.1:")

    context = browser.new_context(
        permissions=["microphone"], viewport={"width": 800, "height": 700}
    )
    try:
        errors: list[str] = []
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda m: errors.append(m.text) if m.type == "error" and "favicon" not in m.text else 0,
        )
        page.goto(address)
        page.get_by_role("button", name="Record").first.wait_for()
        spoken = speak(page, microphone)
        notebook.wait_for("mic.frames_received > 10")
        page.screenshot(path=".run/pages/capture_page.png")
        notebook.wait_for("[r.status for r in session.conversation.responses.values()]", 60)
        notebook.wait_for("speaker.received_samples > 0 and not speaker.playing", 60)
        assert_unaltered(spoken, heard_by(notebook))
        assert notebook.ask("(mic.frames_lost, mic.out_of_order)") == (0, 0)
        received, played, dropped = notebook.ask(SAMPLES)
        assert (received, dropped) == (played, 0)
        # It is one person's page: the address is used up, and nobody can come in behind.
        stranger = browser.new_context().new_page()
        answer = stranger.goto(address)
        assert answer is not None
        assert answer.status == 403
        stranger.context.close()
        page.reload()
        page.get_by_role("button", name="Record").first.wait_for()
        assert [e for e in errors if "403" not in e] == []
        notebook.run("session.close()")
        expect(page.get_by_text("This page can be closed")).to_be_visible()
    finally:
        context.close()
