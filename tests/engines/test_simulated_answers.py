from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.engines.base import Prompt
from rtwidgets.engines.simulated_answers import EXACT, GENERAL, fallback, repeat, words
from rtwidgets.protocol.items import InputImage, InputText, Message, OutputText

NOTHING = Prompt()


def said(text: str, prompt: Prompt = NOTHING) -> str:
    """What the first rule that fits says, up to 2,000 pieces."""
    for rule in (repeat, *EXACT, *GENERAL):
        answer = rule(text, prompt)
        if answer:
            return "".join(islice(answer, 2000))
    return ""


@given(st.text())
def test_words_are_the_text(text: str) -> None:
    assert "".join(words(text)) == text


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("count from 1 to 5", "1, 2, 3, 4, 5."),
        ("Please count from one to five!", "1, 2, 3, 4, 5."),
        ("Can you count up to 3?", "1, 2, 3."),
        ("count down from 3", "3, 2, 1, 0."),
        ("count backwards from five to three", "5, 4, 3."),
        ("count from 3 to -1", "3, 2, 1, 0, -1."),
        ("count from 10 to 20 by 5", "10, 15, 20."),
        ("count from 0 to ten in steps of three", "0, 3, 6, 9."),
        ("count from ninety-nine until one hundred and one", "99, 100, 101."),
        ("count from 7 to 7", "7."),
        ("spell banana", "B, A, N, A, N, A."),
        ("How do you spell the word 'Grüße'?", "G, R, Ü, S, S, E."),
        ("add 2 and 3", "2 plus 3 is 5."),
        ("What is 1.5 + four + 1,000?", "1.5 plus 4 plus 1000 is 1005.5."),
        (f"add {10**40} and -1", f"{10**40} plus -1 is {10**40 - 1}."),
        ("the sum of minus two and two", "-2 plus 2 is 0."),
        ("say hello", "hello"),
        ("Please say: “Hi, you!”", "Hi, you!"),
        ("could you please repeat after me: two  spaces\nand a line", "two  spaces\nand a line"),
        ("Repeat exactly count from 1 to 3", "count from 1 to 3"),
        ("Tell me a sentence about rain.", "Sentence 1 of 1 is about rain."),
    ],
)
def test_orders(asked: str, answer: str) -> None:
    assert said(asked) == answer


def test_counting_starts_at_once_however_far() -> None:
    pieces = EXACT[1]("count from 1 to 1000000000000000", NOTHING)
    assert pieces is not None
    assert list(islice(pieces, 3)) == ["1,", " 2,", " 3,"]


def test_counting_to_a_thousand_is_complete() -> None:
    assert said("count from 1 to 1000") == ", ".join(map(str, range(1, 1001))) + "."


@pytest.mark.parametrize(
    "text", ["count", "count 3 apples", "essay about cats", "I counted on you"]
)
def test_what_is_no_order(text: str) -> None:
    assert said(text) == ""


@given(st.integers(1, 60))
def test_as_many_sentences_as_asked(n: int) -> None:
    text = said(f"Tell me {n} short sentences about the sea.")
    assert text.count(".") == n
    assert text.count("the sea") >= n // 2
    assert text.startswith(f"Sentence 1 of {n}")


def talk_of(*texts: str) -> Prompt:
    return Prompt(
        instructions="Be kind.",
        items=[
            item
            for text in texts
            for item in (
                Message(role="user", content=(InputText(text=text),)),
                Message(role="assistant", content=(OutputText(text="Yes."),)),
            )
        ][:-1],
    )


def test_it_remembers_what_it_was_given() -> None:
    prompt = talk_of("red", "green", "What did I say before?")
    assert said("What did I say before?", prompt) == "You said: green"
    assert said("What did I say first?", prompt) == "You said: red"
    assert said("How many messages are there?", prompt) == "I was given 5 items, yours included."
    assert said("What are your instructions?", prompt) == "My instructions are: Be kind."
    assert said("What did I say?", talk_of("What did I say?")) == "You said nothing before this."


@pytest.mark.parametrize("text", ["Hello!", "hi", "Good morning to you", "who are you?", "help"])
def test_it_says_what_it_is(text: str) -> None:
    answer = said(text)
    assert "simulated" in answer and "not a language model" in answer


def test_thanks_and_goodbye() -> None:
    assert "welcome" in said("Thanks a lot")
    assert "Goodbye" in said("good bye")


def test_without_a_rule_it_says_so_and_quotes() -> None:
    answer = "".join(fallback("What is love?"))
    assert "none of them fits" in answer and "What is love?" in answer
    assert len("".join(fallback("long " * 1000))) < 700
    assert "no words" in "".join(fallback("  "))


def test_a_picture_is_not_seen() -> None:
    from rtwidgets.engines.simulated_answers import words_of

    message = Message(
        role="user",
        content=(InputText(text="Look:"), InputImage(image_url="data:image/png;base64,AA==")),
    )
    assert words_of(message) == "Look:"  # the remark about it is the model's
