"""Bytes of the state: no buffer carries them, so no front end can drop them."""

from __future__ import annotations

from base64 import b64decode

import pytest
from traitlets import Bytes

from rtwidgets.widgets.packed import Packed
from rtwidgets.widgets.panel import Panel
from tests.widgets.tab import Page
from tests.widgets.talk import Talk
from tests.widgets.test_contract import WORDS, widget


class Picture(Panel):
    word = "waveform"
    few = Packed(help="A few bytes.")


def test_what_is_packed_travels_in_the_state_itself() -> None:
    talk = Talk()
    panel = Picture(talk)
    page = Page(panel)
    panel.few = bytes(range(256))
    assert b64decode(page.state["few"]) == bytes(range(256))
    assert panel.get_state("few") == {"few": page.state["few"]}
    panel.set_state({"few": "AP8="})
    assert panel.few == b"\x00\xff"


@pytest.mark.parametrize("word", WORDS)
def test_no_panel_has_bytes_that_need_a_buffer(word: str) -> None:
    traits = widget(word).class_traits(sync=True)
    plain = [n for n, t in traits.items() if isinstance(t, Bytes) and not isinstance(t, Packed)]
    assert plain == []
