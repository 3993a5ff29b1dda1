"""What was made of an answer, and what was heard of it."""

from __future__ import annotations

from rtwidgets.protocol.config import PCM16_24K
from rtwidgets.session.turns.generated import Generated

SECOND = bytes([1, 0] * 24000)
WORDS = "one two three four five six seven eight nine ten"


def answer() -> Generated:
    made = Generated()
    made.add_words("a", WORDS, written=False)
    made.add_sound("a", SECOND)
    return made


def test_the_share_of_the_words_is_that_of_the_sound_and_says_so() -> None:
    heard = answer().heard(lambda _: 500.0, {})
    assert heard.text == "one two three four five" and heard.estimated and not heard.complete
    assert heard.audio.duration_s == 0.5
    assert repr(heard) == "<Said ≈'one two three four five', 0.5 s of sound, not all>"


def test_all_of_it() -> None:
    heard = answer().heard(lambda _: 1000.0, {"a": "the final words"})
    assert heard.text == "the final words" and heard.complete and not heard.estimated
    assert heard.audio.duration_s == 1.0
    assert repr(heard) == "<Said 'the final words', 1.0 s of sound>"
    assert answer().heard(lambda _: 99_999.0, {}).audio.duration_s == 1.0


def test_a_player_that_counts_whole_ms_has_played_all_of_it() -> None:
    made = answer()
    made.add_sound("a", bytes(20))  # 0.4 ms more
    assert made.heard(lambda _: 1000.0, {}).complete


def test_nothing_of_it() -> None:
    heard = answer().heard(lambda _: 0.0, {})
    assert heard.text == "" and not heard.audio.samples.size
    assert not heard.complete and not heard.estimated


def test_words_without_sound_yet_were_not_heard() -> None:
    made = Generated()
    made.add_words("a", "to come", written=False)
    assert made.heard(lambda _: 0.0, {}).text == ""


def test_text_counts_as_read() -> None:
    made = Generated()
    made.add_words("a", "written", written=True)
    heard = made.heard(lambda _: 0.0, {})
    assert heard.text == "written" and heard.complete


def test_each_item_by_its_own_count() -> None:
    made = answer()
    made.add_words("b", "more", written=False)
    made.add_sound("b", SECOND)
    heard = made.heard({"a": 1000.0, "b": 0.0}.__getitem__, {})
    assert heard.text == WORDS and heard.audio.duration_s == 1.0 and not heard.complete
    assert made.audio.duration_s == 2.0 and made.text == WORDS + "more"
    assert made.format == PCM16_24K
