"""Ids that a client chooses: short, unique in the process and unlikely anywhere else."""

from __future__ import annotations

import itertools
import secrets

__all__ = ["new_id"]

_run = secrets.token_hex(4)
_count = itertools.count(1)


def new_id(prefix: str) -> str:
    """``event_5f1c09ab0000001``: well under the 32 characters that a server accepts."""
    return f"{prefix}_{_run}{next(_count):07x}"
