"""The releases of ipykernel that a session is tried with.

``python tests/session/kernels.py [RELEASE...]``: all of them, or those.

Each is unpacked into a folder of its own in ``.run/kernels``, without what it depends on: put
before everything else on a kernel's path it takes the place of the installed one, and all the
rest stays as it is. What is there is not made again. Standard library only.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["RELEASES", "folder"]

HOME = Path(__file__).parent.parent.parent / ".run" / "kernels"

#: The last of the old design, the first that the extra `lab` takes, and one between that and
#: the one that is installed. 6 delivers widget messages only between cells.
RELEASES = ("6.31.0", "7.1.0", "7.3.0")


def folder(release: str) -> Path:
    """Where a release is; it may not have been made yet."""
    return HOME / release


def main(releases: list[str]) -> int:
    for release in releases or RELEASES:
        if folder(release).is_dir():
            continue
        print(f"unpacking ipykernel {release}", flush=True)
        # Made beside its place, so that a half of it is never taken for the whole.
        half = HOME / f"{release}.half"
        shutil.rmtree(half, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "install"]
        wanted = ["--no-deps", "--target", str(half), f"ipykernel=={release}"]
        subprocess.run([*pip, *wanted], check=True)
        half.rename(folder(release))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
