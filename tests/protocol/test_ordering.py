"""The order of items follows previous_item_id and never arrival."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from rtwidgets.protocol.ordering import Order


def order(*placed: tuple[str, object]) -> Order:
    made = Order()
    for item_id, previous in placed:
        made.place(item_id, previous)  # type: ignore[arg-type]
    return made


def test_an_item_follows_its_predecessor() -> None:
    assert order(("a", None), ("b", "a"), ("c", "a")).ids == ("a", "c", "b")


def test_without_a_predecessor_it_comes_last() -> None:
    assert order(("a", None), ("b", UNSET), ("c", UNSET)).ids == ("a", "b", "c")


def test_null_is_the_front() -> None:
    assert order(("a", None), ("b", "a"), ("first", None)).ids == ("first", "a", "b")


def test_a_repeated_null_moves_nothing() -> None:
    assert order(("a", None), ("b", "a"), ("b", None)).ids == ("a", "b")


def test_a_second_report_moves_to_the_place_that_it_names() -> None:
    assert order(("a", None), ("b", "a"), ("c", UNSET), ("c", "a")).ids == ("a", "c", "b")


def test_a_removed_item_leaves_no_gap() -> None:
    made = order(("a", None), ("b", "a"), ("c", "b"))
    made.remove("b")
    made.remove("never there")
    assert (made.ids, made.previous("c"), made.previous("a")) == (("a", "c"), "a", None)


def test_an_item_is_never_its_own_predecessor() -> None:
    assert order(("a", None), ("b", "b")).ids == ("a", "b")


@given(st.permutations([*range(8)]))
def test_a_chain_has_one_order_however_it_arrives(arrival: list[int]) -> None:
    made = order(*((str(n), str(n - 1) if n else None) for n in arrival))
    assert made.ids == tuple(str(n) for n in range(8))


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from([*"abcdef", None, UNSET]))))
def test_any_sequence_keeps_every_item_once(placed: list[tuple[str, object]]) -> None:
    made = order(*placed)
    assert sorted(made.ids) == sorted({item_id for item_id, _ in placed})


def test_those_that_waited_for_one_item_stand_as_if_they_had_come_after_it() -> None:
    late = order(("x", None), ("b", "a"), ("c", "a"), ("d", "a"), ("a", "x"))
    assert late.ids == order(("x", None), ("a", "x"), ("b", "a"), ("c", "a"), ("d", "a")).ids
