"""What of an event is base64 and no words: sound, pictures, and what looks like either.

Whether a string has spaces tells nothing: Chinese, Japanese and Thai have none, and neither has
one long word. The field tells (``audio``, the ``delta`` of a sound), the head of a ``data:`` URL
tells, and elsewhere base64 itself does, which changes between small, capital and digit as no
writing does.
"""

from __future__ import annotations

import re

__all__ = ["is_base64", "is_data", "is_picture", "is_sound_field"]

#: Base64 that is shorter is shown and searched like any text.
SHORTEST = 400
#: So much of a string says of what kind it is, in characters.
HEAD = 600
#: In base64 of data the same kind of character comes some 1.6 times in turn, in words 3 or more.
LONGEST_RUN = 2.4
#: Characters that are neither letter nor digit are one in 32 of base64.
MOST_SIGNS = 0.15

# A slash may be written with a backslash before it, and a quote that ends JSON in JSON has one.
# ``\u`` is no base64: it writes letters.
_ALPHABET = re.compile(r"[A-Za-z0-9+_-]*(?:\\?/[A-Za-z0-9+_-]*)*={0,2}\\?")
_RUNS = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")
_PICTURE = re.compile(r"data:[\w.+\\/-]+(?:;[\w=.+-]+)*;base64,")


def is_sound_field(name: str, *, in_sound: bool) -> bool:
    """Whether a member holds sound; ``in_sound`` where the event is a piece of the model's."""
    return name == "audio" or (name == "delta" and in_sound)


def is_picture(value: str) -> bool:
    """A ``data:`` URL with base64; one that is written in plain characters is text."""
    return value.startswith("data:") and _PICTURE.match(value) is not None


def is_base64(value: str) -> bool:
    """Whether a string looks like base64 of data, wherever it stands."""
    head = value[:HEAD]
    runs = _RUNS.findall(head)
    if not runs:
        return False
    letters = sum(map(len, runs))
    mixed = len(runs) * LONGEST_RUN >= letters >= len(head) * (1 - MOST_SIGNS)
    kinds = {"a" if run.islower() else "A" if run.isupper() else "0" for run in runs}
    return mixed and len(kinds) == 3 and _written_so(value)


def is_data(value: str, *, spoken: bool) -> bool:
    """Whether no words stand in a string; ``spoken`` where its field holds sound."""
    if len(value) <= SHORTEST:
        return False
    if spoken and _written_so(value):  # also silence, which is one letter all along
        return True
    return is_picture(value) or is_base64(value)


def _written_so(value: str) -> bool:
    return _ALPHABET.fullmatch(value) is not None
