"""Which page sounds: arrivals, goodbyes and doubts."""

from __future__ import annotations

from rtwidgets.widgets.pages import Pages


def test_the_newest_page_is_the_one_that_came_last() -> None:
    pages = Pages()
    assert pages.newest == ""
    pages.arrive("a")
    pages.arrive("b")
    assert pages.newest == "b"
    pages.arrive("a")
    assert pages.newest == "a", "shown again is newer than before"
    pages.leave("a")
    assert pages.newest == "b"


def test_an_owner_that_leaves_owns_nothing() -> None:
    pages = Pages()
    pages.arrive("a")
    pages.arrive("b")
    pages.owner = "a"
    pages.leave("b")
    assert pages.owner == "a"
    pages.leave("a")
    pages.leave("a")
    assert pages.owner == ""


def test_a_page_in_doubt_is_alive_when_it_says_anything() -> None:
    pages = Pages()
    pages.arrive("a")
    assert pages.alive("a")
    pages.doubt("a")
    assert not pages.alive("a")
    pages.hear("a")
    assert pages.alive("a")


def test_a_page_that_speaks_unannounced_is_known_from_then_on() -> None:
    pages = Pages()
    pages.hear("a")
    assert pages.newest == "a"
    pages.arrive("b")
    pages.hear("a")
    assert pages.newest == "b", "speaking makes nobody newer"
