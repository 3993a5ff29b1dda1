"""Which Chromium the browser tests use. ``python -m tests.browsers`` says whether it starts."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["FLAGS", "system_chromium"]

#: Needed by root and in containers; the rest keeps a test from talking to the world.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def system_chromium() -> str | None:
    """The path of an installed Chromium; ``None`` leaves it to Playwright's own."""
    for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser"):
        if Path(path).exists():
            return path
    return None


def main() -> int:
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=system_chromium(), headless=True, args=list(FLAGS)
            )
        except Error as error:
            print(error.message.splitlines()[0], file=sys.stderr)
            return 1
        print(browser.version)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
