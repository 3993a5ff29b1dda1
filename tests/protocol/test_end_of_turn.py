"""Sentences, and whether somebody who pauses after them has finished."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.protocol.end_of_turn import WAITS_MS, judge, wait_ms

FINISHED = """
What is the capital of France?
what is the capital of France
How far is it to the moon.
When does the shop open?
when does the shop open
Where are you from
What is it for?
Can you help me
Could you repeat that, please?
Do you like it?
Is it going to rain tomorrow
Tell me a joke.
Count to ten.
Turn off the lights
Play some music
Yes.
No, thanks.
Okay
Thank you.
Stop!
Never mind.
That's all.
I don't know.
Hello
Good morning.
Yes please
I would like a cup of coffee.
My name is Anna Schmidt.
I live in a small town near Vienna.
The train leaves at half past seven
I think so.
I'm not sure about it.
It was raining the whole day. Thank you.
I have two cats and a dog
Um, what time is it?
I do.
So what do you think about this
¿Dónde está la biblioteca?
東京はどこですか？
Please explain this
"""

OPEN = """
I would like to book a
I'd like to book a.
Tell me about the
I went to the shop and
I went to the shop and.
I wanted to call you but
because
I can't come because
So, um
Um
uh
Well
My favourite colour is
What is the
What is
Can you
Could you tell me
I want to know if
I want to
I need
I want a table for
I live in
It is kind of
I was thinking about,
I was thinking...
Let me see…
It costs more than
When I was young
If it rains tomorrow
if you could
There are three of them: a, b, and
She said that I'm
We drove from Berlin to
My phone number is
I really
Give me
I mean
Could you please
and then I was like
"""

UNSURE = """
.
Tomorrow
Red wine
My number is five five five
two three four
Because I was tired
Blue.
Das ist gut
"""


def lines(text: str) -> list[str]:
    return [line for line in text.strip().splitlines() if line]


@pytest.mark.parametrize("text", lines(FINISHED))
def test_finished(text: str) -> None:
    assert judge(text) == "finished"


@pytest.mark.parametrize("text", lines(OPEN))
def test_open(text: str) -> None:
    assert judge(text) == "open"


@pytest.mark.parametrize("text", ["", *lines(UNSURE)])
def test_unsure(text: str) -> None:
    assert judge(text) == "unsure"


@pytest.mark.parametrize(
    ("eagerness", "longest"), [("low", 8000), ("medium", 4000), ("high", 2000)]
)
def test_the_longest_waits_are_the_documented_ones(eagerness: str, longest: int) -> None:
    assert wait_ms("I would like a", eagerness) == longest
    assert max(WAITS_MS[eagerness].values()) == longest
    assert wait_ms("Yes.", eagerness) < wait_ms("Tomorrow", eagerness) < longest


def test_auto_is_medium() -> None:
    assert wait_ms("Yes.", "auto") == wait_ms("Yes.", "medium")


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    assert judge(text) in ("finished", "unsure", "open")
