"""Takes the pictures of the voice's states for ``panels.md``: ``python docs/sound_states.py``.

The states are those of the browser test, in real JupyterLab and Chromium; the same browser puts
them together, those in which all is well and those in which something is not.
"""

from __future__ import annotations

import base64
import html
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from docs.screenshots import THEMES, write  # noqa: E402  (after the path is set)
from tests.e2e.lab import Lab, Notebook, launch_chromium  # noqa: E402
from tests.e2e.sound_states import CELLS, states  # noqa: E402

#: Of the page, in px.
WIDTH = 700
#: The first state in which something is not well; so are those after it.
TROUBLE = "frames lost"
SHEET = """<!doctype html><style>
  body {{ display: inline-block; margin: 0; padding: 12px 12px 0; }}
  body {{ background: {back}; color: {text}; font: 14px sans-serif; }}
  figure {{ margin: 0 0 14px; }}
  img {{ display: block; }}
</style>{figures}"""
PAPER = {"light": ("#fff", "#333"), "dark": ("#111", "#ddd")}


def main() -> None:
    """Two sheets for each theme."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        lab = Lab(home, {"OPENAI_API_KEY": ""})
        chromium = launch_chromium(playwright, home / "microphone.wav")
        try:
            for theme, name in THEMES.items():
                lab.theme(name)
                notebook = Notebook(lab, chromium, f"sound_{theme}.ipynb", CELLS)
                notebook.page.set_viewport_size({"width": WIDTH, "height": 1000})
                notebook.run_all()
                sheet, figures = "states", {"states": "", "troubles": ""}
                for state in states(notebook, home / "microphone.wav"):
                    if state.name == TROUBLE:
                        sheet = "troubles"
                    figures[sheet] += figure(notebook.page, state.name)
                notebook.close()
                for sheet, its_figures in figures.items():
                    put_together(chromium, theme, its_figures, f"{sheet}-{theme}")
        finally:
            chromium.close()
            lab.stop()


def figure(page: Page, name: str) -> str:
    """Both panels as they are now."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    top, bottom = (
        page.locator(f".rtw-{word}").first.bounding_box() for word in ("microphone", "speaker")
    )
    assert top is not None
    assert bottom is not None
    clip = {
        "x": top["x"],
        "y": top["y"],
        "width": top["width"],
        "height": bottom["y"] + bottom["height"] - top["y"],
    }
    data = base64.b64encode(page.screenshot(clip=clip)).decode()  # type: ignore[arg-type]
    return (
        f"<figure><figcaption>{html.escape(name)}</figcaption>"
        f'<img src="data:image/png;base64,{data}"></figure>'
    )


def put_together(browser: Browser, theme: str, figures: str, name: str) -> None:
    """One sheet, in one column: what is repeated is near, and a PNG looks back 32 kB alone."""
    back, text = PAPER[theme]
    page = browser.new_page()
    page.set_content(SHEET.format(back=back, text=text, figures=figures))
    write(Image.open(io.BytesIO(page.locator("body").screenshot())), name)
    page.close()


if __name__ == "__main__":
    main()
