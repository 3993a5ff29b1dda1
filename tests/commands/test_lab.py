"""``rtwidgets lab``: which notebook it opens, and how JupyterLab is run on it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import pytest

from rtwidgets.cli import main
from rtwidgets.commands import lab
from rtwidgets.errors import RealtimeError


def test_lab_finds_the_notebooks_of_a_checkout() -> None:
    assert lab.find_notebook(None).name == lab.FIRST


def test_lab_opens_a_notebook_of_one_s_own(tmp_path: Path) -> None:
    own = tmp_path / "mine.ipynb"
    own.write_text("{}")
    assert lab.find_notebook("mine.ipynb", here=tmp_path) == own.resolve()


def test_lab_names_the_notebooks_that_there_are() -> None:
    with pytest.raises(RealtimeError, match=lab.FIRST):
        lab.find_notebook("absent.ipynb")


def test_lab_copies_the_notebooks_of_a_wheel_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "rtwidgets"
    (package / "notebooks").mkdir(parents=True)
    (package / "notebooks" / lab.FIRST).write_text("{}")
    monkeypatch.setattr(lab, "_PACKAGE", package)
    here = tmp_path / "work"
    here.mkdir()
    found = lab.find_notebook(None, here=here)
    assert found == here / "rtwidgets-notebooks" / lab.FIRST
    found.write_text('{"mine": 1}')
    assert lab.find_notebook(None, here=here).read_text() == '{"mine": 1}'


def test_lab_without_notebooks_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "_PACKAGE", tmp_path / "rtwidgets")
    with pytest.raises(RealtimeError, match="no notebooks"):
        lab.find_notebook(None, here=tmp_path)


def test_lab_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None)
    assert main(["lab"]) == 2
    assert "pip install 'rtwidgets[lab]'" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
@pytest.mark.parametrize(("display", "expected"), [("", False), (":1", True)])
def test_a_machine_without_a_display_gets_an_address(
    display: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert lab._has_display() is expected


def test_jupyterlab_asks_nothing_about_news(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = pytest.importorskip("jupyterlab_server.config")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    environment = lab._environment()
    assert environment["JUPYTER_CONFIG_PATH"].endswith(os.pathsep + str(tmp_path))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", environment["JUPYTER_CONFIG_PATH"])
    disabled = config.get_page_config([])["disabledExtensions"]
    assert "@jupyterlab/apputils-extension:announcements" in disabled


def test_widgets_are_saved_with_their_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else a notebook that is opened again says "Error displaying widget: model not found".
    config = pytest.importorskip("jupyterlab_server.config")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", lab._environment()["JUPYTER_CONFIG_PATH"])
    settings = pytest.importorskip("jupyterlab_server.settings_utils")
    assert config is not None
    overrides, problem = settings._get_overrides(str(tmp_path))
    assert problem == ""
    assert overrides["@jupyter-widgets/jupyterlab-manager:plugin"] == {"saveState": True}


def test_lab_runs_jupyterlab_on_the_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[list[str], Path]] = []

    class Lab:
        """The first interrupt makes it ask, the second one ends it."""

        def __init__(self, command: list[str], cwd: Path, env: dict[str, str]) -> None:
            calls.append((command, cwd))
            self.returncode: int | None = None
            self.interrupts = 2

        def __enter__(self) -> Lab:
            return self

        def __exit__(self, *_: object) -> None:
            assert self.returncode == 0, "it was left running"

        def wait(self) -> None:
            if self.interrupts:
                self.interrupts -= 1
                raise KeyboardInterrupt
            self.returncode = 0

    monkeypatch.setattr(lab.subprocess, "Popen", Lab)
    assert lab.run(argparse.Namespace(notebook=None, no_browser=True, port=8899)) == 0
    (command, folder), *_ = calls
    assert command[1:3] == ["-m", "jupyterlab"]
    assert f"--LabApp.default_url=/lab/tree/{lab.FIRST}" in command
    assert {"--no-browser", "--port=8899"} <= set(command)
    assert ("--allow-root" in command) == (os.geteuid() == 0)
    assert (folder / lab.FIRST).is_file()
