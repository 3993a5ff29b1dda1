"""Takes the style vectors of the voices out of the npm package ``kokoro-js``.

The vectors (Apache-2.0) ship in no Python package. The build of the wheel runs this file
alone, so it uses the standard library only: it asks npm for the tarball (no scripts run),
checks its hash, and writes the vectors that are used as half floats into ``voices.npz``.

``python -m rtwidgets.engines.voices.fetch`` does the same in a checkout.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

__all__ = ["VOICES", "VOICES_FILE", "fetch"]

VOICES_FILE = Path(__file__).with_name("voices.npz")

PACKAGE = "kokoro-js@1.2.1"
SHA512 = (
    "a2ad076495a2b37b7c94446430987ce162d4f3a769603d04b813eda989cb950c"
    "f214fd4e9320510dcc1e02a09f84d3a996dc8df63fdace9d47eaeb82e3b81287"
)
ROWS, COLUMNS = 510, 256
"""A vector of 256 numbers for each length of the phonemes."""

VOICES = {
    "alloy": "af_heart",
    "ash": "am_michael",
    "ballad": "bm_george",
    "coral": "af_aoede",
    "echo": "am_echo",
    "sage": "bf_emma",
    "shimmer": "af_nicole",
    "verse": "am_fenrir",
    "marin": "af_bella",
    "cedar": "am_puck",
}
"""The protocol's voices and the vectors that speak for them: five women and five men, chosen
for being understood without an error by two recognizers and for lying far apart in pitch
(111 to 200 Hz) and colour (spectral centroid 1.9 to 3.4 kHz). The first is the default."""


def fetch(folder: Path, npm: list[str]) -> Path:
    """Write ``folder/voices.npz`` unless it is there; ``npm`` is the command to run npm.

    Raises ``RuntimeError`` with what to do.
    """
    target = folder / VOICES_FILE.name
    if target.is_file() and set(VOICES.values()) <= _names(target):
        return target
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        tarball = _pack(scratch, npm)
        digest = hashlib.sha512(tarball.read_bytes()).hexdigest()
        if digest != SHA512:
            raise RuntimeError(f"{PACKAGE} is not the expected file: sha512 {digest[:16]}…")
        finished = scratch / target.name
        with (
            tarfile.open(tarball) as source,
            zipfile.ZipFile(finished, "w", zipfile.ZIP_DEFLATED) as out,
        ):
            for vector in sorted(set(VOICES.values())):
                try:
                    member = source.extractfile(f"package/voices/{vector}.bin")
                except KeyError:
                    member = None
                if member is None:
                    raise RuntimeError(f"{PACKAGE} has no voice {vector}")
                # A fixed date: the same wheel from the same sources.
                info = zipfile.ZipInfo(f"{vector}.npy", (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                out.writestr(info, _half_floats(member.read()))
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = target.with_suffix(".tmp")
        shutil.copyfile(finished, staged)
        os.replace(staged, target)
    return target


def _names(path: Path) -> set[str]:
    try:
        with zipfile.ZipFile(path) as stored:
            return {Path(name).stem for name in stored.namelist()}
    except zipfile.BadZipFile:
        return set()


def _half_floats(data: bytes) -> bytes:
    """Little-endian float32 as an ``.npy`` file of float16, shape (510, 256)."""
    count = ROWS * COLUMNS
    if len(data) != 4 * count:
        raise RuntimeError(f"a voice has {len(data)} bytes instead of {4 * count}")
    header = f"{{'descr': '<f2', 'fortran_order': False, 'shape': ({ROWS}, {COLUMNS}), }}"
    # The format wants the data at a multiple of 64 bytes, after a line end.
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    start = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode("ascii")
    return start + struct.pack(f"<{count}e", *struct.unpack(f"<{count}f", data))


def _pack(folder: Path, npm: list[str]) -> Path:
    command = [*npm, "pack", PACKAGE, "--ignore-scripts", "--silent"]
    done = subprocess.run(
        [*command, "--pack-destination", str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    tarballs = list(folder.glob("*.tgz"))
    if done.returncode != 0 or not tarballs:
        raise RuntimeError(f"npm pack {PACKAGE} failed: {done.stderr.strip()[-400:]}")
    return tarballs[0]


def main() -> int:
    """The voices of a checkout, with the npm on PATH."""
    npm = shutil.which("npm")
    if npm is None:
        sys.stderr.write("the voices need npm on PATH: install Node.js\n")
        return 2
    sys.stdout.write(f"{fetch(VOICES_FILE.parent, [npm])}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
