"""A reply's text cut into clauses that can be spoken one after the other.

The first clause decides how long the user waits, so it is short; the later ones grow, because
by then there is sound to play while they are made. A cut is made only between two words, and
only once the first character of the next word is known. All clauses joined are the text.
"""

from __future__ import annotations

import re

__all__ = ["RAMP", "ClauseSplitter", "speakable"]

#: Longest clause in words: the first, the second, the third, and every one after.
RAMP = (3, 6, 10, 14)
#: A text without any place to cut is cut here, in characters.
LONGEST = 240

_SENTENCE = ".!?…"
_PAUSE = ",;:–—"
_OPENING = "(\"'“‘*_"
_CLOSING = "\"'”’)]}*_`»"
#: Marks of scripts without spaces: a cut is right after them.
_WIDE = "。！？、，；："
_TITLES = frozenset(
    re.split(" ", "mr mrs ms dr prof st jr sr vs etc approx e.g i.e cf fig sen gov gen rev")
)
#: Words that lean on the next one; a forced cut does not come right after them.
_LEANING = frozenset(
    re.split(
        " ",
        "a an the of to in on at by for from with and or but nor so as if that than is are was "
        "were be been am it's i'm you're we're i you he she we they my your his her its our their "
        "this these those very not no can will would could should may might must do does did have "
        "has had about into over under between because which who whose when while where one's",
    )
)
_TOKEN = re.compile(r"\s*\S+")


class ClauseSplitter:
    """Takes pieces of text of any size and hands out clauses as soon as they are certain.

    Args:
        ramp: the longest first, second, ... clause in words; the last holds for all others.
    """

    def __init__(self, ramp: tuple[int, ...] = RAMP) -> None:
        self._ramp = ramp
        self._count = 0
        self._text = ""

    def push(self, piece: str) -> list[str]:
        """The clauses that ``piece`` completes."""
        self._text += piece
        clauses = []
        while (cut := self._cut()) is not None:
            clauses.append(self._text[:cut])
            self._text = self._text[cut:]
            self._count += 1
        return clauses

    def finish(self) -> list[str]:
        """What is left once the text is over: one clause or none."""
        rest, self._text = self._text, ""
        return [rest] if rest else []

    def _cut(self) -> int | None:
        """Where the next clause ends in the text so far, or None while that is open."""
        limit = self._ramp[min(self._count, len(self._ramp) - 1)]
        ends: list[int] = []
        for match in _TOKEN.finditer(self._text):
            word = match.group().strip()
            wide = _wide_cut(word)
            if wide is not None:
                return match.end() - len(word) + wide
            if match.end() == len(self._text):
                break  # the word may go on
            following = self._text[match.end() :].lstrip()
            if not following:
                break  # the next word is not known
            ends.append(match.end())
            between = self._text[match.end() : len(self._text) - len(following)]
            if "\n" in between or _ends_clause(word, following, len(ends), limit):
                return match.end()
            if (forced := self._forced(ends, limit)) is not None:
                return forced
        if len(self._text) > LONGEST:
            return ends[-1] if ends else LONGEST
        return None

    def _forced(self, ends: list[int], limit: int) -> int | None:
        """A cut without punctuation: at the limit, a little before it or one word after.

        Nothing is worth a longer wait but a number or a title, which must stay whole.
        """
        count = len(ends)
        if count < limit:
            return None
        starts = [0, *ends]
        words = [self._text[a:b].strip() for a, b in zip(starts, ends, strict=False)]
        words.append(self._text[ends[-1] :].lstrip())
        for free in (_leans, _belongs) if count > limit else (_leans,):
            for n in range(count if free is _leans else limit, max(1, limit - 3), -1):
                if not free(words[n - 1], words[n]):
                    return ends[n - 1]
        return ends[limit - 1] if count >= limit + 3 else None


def speakable(text: str) -> str:
    """``text`` without the marks of Markdown; empty when there is nothing to say."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(?m)^\s*(#+|[-*•])\s+", "", text)
    text = re.sub(r"(?<=\d)\s*\*\s*(?=\d)", " times ", text)
    text = re.sub(r"[_|<>]+", " ", re.sub(r"[*`#~]+", "", text))
    text = " ".join(text.split())
    return text if any(c.isalnum() for c in text) else ""


def _wide_cut(word: str) -> int | None:
    for index, character in enumerate(word):
        if character in _WIDE:
            return index + 1
    return None


def _ends_clause(word: str, following: str, count: int, limit: int) -> bool:
    """Whether punctuation ends a clause after ``word``, the ``count``-th of it."""
    bare = word.rstrip(_CLOSING)
    if not bare:
        return False
    if bare[-1] in _SENTENCE:
        return not _no_sentence(bare, following, count)
    return bare[-1] in _PAUSE and count >= max(2, limit // 2)


def _no_sentence(word: str, following: str, count: int) -> bool:
    """Whether the stop after ``word`` belongs to it: ``Dr.``, ``J.``, ``e.g.``, ``1.``."""
    if word[-1] != ".":
        return False
    stem = word.rstrip(".").lstrip(_OPENING).lower()
    if stem in _TITLES or following[0].islower():
        return True
    if stem.isdigit():
        return count == 1
    if stem == "no":
        return following[0].isdigit()
    return (len(stem) == 1 and stem.isalpha() and stem != "i") or "." in stem


def _leans(word: str, following: str) -> bool:
    """Whether ``word`` sounds odd without what follows: ``the``, ``of``."""
    return word.strip(_OPENING).lower() in _LEANING or _belongs(word, following)


def _belongs(word: str, following: str) -> bool:
    """Whether ``word`` is wrong without what follows: ``Dr.``, ``5`` (``million``)."""
    stem = word.strip(_OPENING).lower()
    if stem.rstrip(".") in _TITLES or stem[-1:].isdigit() or stem[-1:] in "$€£#":
        return True
    return following[0].isdigit() or following[0] in "%$€£&+=/-–—"
