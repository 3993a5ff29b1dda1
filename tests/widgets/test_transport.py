"""What the way to a page carries, found out by probes, and what is done about it."""

from __future__ import annotations

import base64
import math
from typing import Any

import pytest

from rtwidgets.widgets.transport import (
    BYTES,
    KIND,
    MOST_BYTES,
    MOST_PAGES,
    PUSH,
    RoundTrip,
    Transport,
    percentile,
    summary,
)
from tests.widgets.talk import Page, Talk
from tests.widgets.test_panel import Sample


def probe(page: str = "p1", n: int = 0, **fields: Any) -> dict[str, Any]:
    return {"kind": "line", "page": page, "n": n, **fields}


def shaken(*, up: bool, down: bool, page: str = "p1") -> Transport:
    """A transport after both probes of a page whose line carries so much."""
    transport = Transport()
    sent = [BYTES] if up else []
    assert transport.answer(probe(page), sent)["arrived"] is up
    transport.answer(probe(page, 1, arrived=down, round_trip_ms=5.0), sent)
    return transport


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("down", [True, False])
def test_buffers_go_as_they_are_where_they_arrive_else_inside(up: bool, down: bool) -> None:
    packed = shaken(up=up, down=down).pack({"kind": "audio", "page": "p1"}, [b"abc", b"d"])
    if down:
        assert packed == ({"kind": "audio", "page": "p1"}, [b"abc", b"d"])
    else:
        assert packed == ({"kind": "audio", "page": "p1", "b64": ["YWJj", "ZA=="]}, [])


def test_a_page_whose_own_buffers_were_dropped_is_taken_to_miss_ours() -> None:
    transport = Transport()
    transport.answer(probe(), [])
    assert "b64" in transport.pack({"kind": "audio", "page": "p1"}, [b"a"])[0]


def test_a_page_that_never_shook_hands_gets_buffers() -> None:
    assert Transport().pack({"page": "old"}, [b"a"]) == ({"page": "old"}, [b"a"])


def test_a_message_in_a_hurry_is_followed_by_more_than_a_packet_holds() -> None:
    pushed = shaken(up=True, down=True).push("p1")
    assert pushed == ({"kind": KIND}, [PUSH]) and len(PUSH) > 65_483
    assert shaken(up=True, down=False).push("p1") is None, "there it would be base64"


def test_what_goes_to_every_page_must_reach_the_weakest() -> None:
    transport = shaken(up=True, down=True)
    assert transport.pack({"kind": "patch"}, [b"a"])[1] == [b"a"]
    transport.answer(probe("p2"), [])
    assert transport.pack({"kind": "patch"}, [b"a"])[1] == []
    assert transport.pack({"kind": "audio", "page": "p1"}, [b"a"])[1] == [b"a"]


@pytest.mark.parametrize("down", [True, False])
def test_a_message_that_no_page_may_be_sent_is_refused(down: bool) -> None:
    transport = shaken(up=True, down=down)
    fits = MOST_BYTES if down else MOST_BYTES * 3 // 4
    transport.pack({"page": "p1"}, [bytes(fits)])
    with pytest.raises(ValueError, match="too large for a page"):
        transport.pack({"page": "p1"}, [bytes(fits + 2)])


def test_buffers_are_the_same_wherever_they_travelled() -> None:
    data = bytes(range(256))
    text = base64.b64encode(data).decode()
    message = {"kind": "audio", "b64": [text, ""]}
    assert Transport.unpack(message, []) == [data, b""]
    assert message == {"kind": "audio"}
    assert Transport.unpack({"kind": "audio"}, [data]) == [data]


@pytest.mark.parametrize("inside", [["no base64!"], [7], 7, ["YQ"]])
def test_what_is_no_base64_is_refused(inside: Any) -> None:
    with pytest.raises(ValueError, match="audio"):
        Transport.unpack({"kind": "audio", "b64": inside}, [])


def test_round_trips_are_kept_and_summed_up() -> None:
    transport = Transport()
    for n in range(100):
        transport.answer(probe(n=n, round_trip_ms=100 - n), [BYTES])
    assert transport.round_trip == RoundTrip(100, 50, 95)
    assert str(transport.round_trip) == "50 ms (p95 95 ms, of 100)"
    assert str(summary([Transport()])) == "not measured yet"
    assert summary([transport, shaken(up=True, down=True)]).count == 101
    assert math.isnan(percentile([], 0.5))


@pytest.mark.parametrize("said", ["fast", None, math.nan, math.inf])
def test_a_round_trip_that_is_no_number_does_not_count(said: Any) -> None:
    transport = Transport()
    transport.answer(probe(round_trip_ms=said), [BYTES])
    assert transport.round_trip.count == 0


def test_pages_that_were_reloaded_a_hundred_times_are_forgotten() -> None:
    transport = Transport()
    for n in range(100):
        transport.answer(probe(f"p{n}"), [BYTES])
    assert list(transport.lines) == [f"p{n}" for n in range(100 - MOST_PAGES, 100)]


# In a panel


def tell(panel: Sample, content: dict[str, Any], *buffers: bytes) -> None:
    data = {"method": "custom", "content": content}
    panel._handle_msg({"content": {"data": data}, "buffers": [memoryview(b) for b in buffers]})
    panel.session.later(0, lambda: None)


def test_a_panel_shakes_hands_with_each_page_and_no_widget_notices() -> None:
    talk = Talk()
    panel = Sample(talk)
    page = Page(panel)
    tell(panel, probe())
    tell(panel, probe("p2"), BYTES)
    talk.advance()
    assert page.messages == [
        {"kind": "line", "page": "p1", "n": 0, "arrived": False},
        {"kind": "line", "page": "p2", "n": 0, "arrived": True},
    ]
    assert panel.taken == []


def test_a_page_without_buffers_is_understood_and_served() -> None:
    talk = Talk()
    panel = Sample(talk)
    page = Page(panel)
    tell(panel, probe())
    tell(panel, {"kind": "pong", "page": "p1", "b64": ["YWJj"]})
    talk.advance()
    assert panel.taken == [({"kind": "pong", "page": "p1"}, [b"abc"])]
    panel.post("ping", b"abc", page="p1")
    assert page.messages[-1] == {"kind": "ping", "page": "p1", "b64": ["YWJj"]}


def test_a_mirror_gets_all_that_goes_to_the_pages_until_it_ends() -> None:
    talk = Talk()
    panel = Sample(talk)
    talk.advance(1)
    got: list[tuple[dict[str, Any], list[bytes]]] = []
    end = panel.mirror(lambda message, buffers: got.append((message, buffers)))
    panel.post("ping", b"x", n=1)
    panel.colour = "blue"
    end()
    panel.post("ping", n=2)
    assert got[0] == ({"method": "custom", "content": {"kind": "ping", "n": 1}}, [b"x"])
    assert got[1][0]["state"] == {"colour": "blue"}
    assert len(got) == 2
