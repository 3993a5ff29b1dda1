"""``rt.doctor()`` and ``rtwidgets doctor``: what stands between a person and a conversation.

The package has another name than the function, which would otherwise vanish behind it.
"""

from __future__ import annotations

from .check import Check, State
from .doctor import Checkup, doctor
from .kernel import CHECKS, Place, examine

__all__ = ["CHECKS", "Check", "Checkup", "Place", "State", "doctor", "examine"]
