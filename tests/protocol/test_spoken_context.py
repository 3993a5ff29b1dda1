"""What a language model reads of spoken items."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.protocol.items import InputAudio, InputText, Message
from rtwidgets.protocol.spoken_context import heard_share, with_words


def test_words_fill_spoken_parts_only() -> None:
    parts = (InputText(text="a"), InputAudio(transcript=None))
    item = Message(id="x", role="user", content=parts)
    assert with_words(item, {"x": "b"}).content == (InputText(text="a"), InputAudio(transcript="b"))
    assert with_words(item, {"y": "b"}) is item


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_holds_the_smaller_one(text: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert heard_share(text, large).startswith(heard_share(text, small))
    assert heard_share(text, 1.0) == " ".join(text.split())
