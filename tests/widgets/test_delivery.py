"""Every message with sound is known to have arrived or to be lost."""

from __future__ import annotations

from rtwidgets.widgets.delivery import MOST_OPEN, Delivery, Sent


def sent(samples: int = 2400, item_id: str = "a") -> Sent:
    return Sent(item_id, samples, 24_000)


def test_numbers_count_on_and_what_is_open_is_known() -> None:
    delivery = Delivery()
    assert [delivery.send(sent()) for _ in range(4)] == [0, 1, 2, 3]
    assert (delivery.since, delivery.seq) == (0, 4)
    assert delivery.acknowledge(2, []) == []
    assert (delivery.since, delivery.seq) == (3, 4)
    delivery.forget()
    assert delivery.since == delivery.seq == 4


def test_what_is_missing_is_counted_once() -> None:
    delivery = Delivery()
    for number in range(5):
        delivery.send(sent(240 * (number + 1)))
    assert delivery.acknowledge(3, [1, 2]) == [sent(480), sent(720)]
    assert delivery.acknowledge(3, [1, 2]) == []
    assert delivery.acknowledge(4, [999]) == []
    assert (delivery.lost, delivery.lost_ms) == (2, 50.0)


def test_a_page_that_never_answers_fills_no_memory() -> None:
    delivery = Delivery()
    for _ in range(MOST_OPEN + 10):
        delivery.send(sent())
    assert len(delivery._open) == MOST_OPEN
    assert delivery.seq == MOST_OPEN + 10
