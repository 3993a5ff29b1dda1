"""The picture of a stretch of a session, and the waterfall of one turn."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from rtwidgets.figures.timeline import (
    Span,
    Tick,
    Window,
    clock_text,
    plain_colors,
    steps_of,
    timeline,
    waterfall,
)

SVG = "{http://www.w3.org/2000/svg}"


def wave(columns: int, loud: slice) -> np.ndarray:
    pairs = np.zeros((columns, 2), np.int8)
    pairs[loud] = (-60, 60)
    return pairs


def window(**changes: object) -> Window:
    parts: dict[str, object] = {
        "start": 0.0,
        "end": 10_000.0,
        "user": wave(300, slice(10, 60)),
        "heard": wave(300, slice(80, 120)),
        "rest": wave(300, slice(120, 150)),
        "speeches": [Span(start=300, end=2000, text="You 1: speech detected")],
        "responses": [Span(start=2300, end=3000, text="Response 1: <script>")],
        "waits": [Span(start=2000, end=2300, text="response created 0.30 s", kind=2)],
        "ticks": [Tick(at=2300, text="response.created"), Tick(at=50, text="append", sent=True)],
        "cuts": [4000.0],
    }
    return Window(**{**parts, **changes})  # type: ignore[arg-type]


def test_the_picture_has_every_lane_and_says_what_is_pointed_at() -> None:
    root = ET.fromstring(timeline(window(), title="A & B"))
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert {"You", "Model", "Responses", "Tools", "Events", "Latency"} <= set(texts)
    assert root.get("aria-label") == "A & B"
    titles = [element.text for element in root.iter(f"{SVG}title")]
    assert titles == [
        "You 1: speech detected",
        "interrupted",
        "Response 1: <script>",
        "response.created",
        "append",
        "response created 0.30 s",
    ]


def test_what_was_heard_and_what_was_not_are_two_paths_in_two_colours() -> None:
    root = ET.fromstring(timeline(window(cuts=[]), title=""))
    styles = [e.get("style", "") for e in root.iter(f"{SVG}path") if "fill" in e.get("style", "")]
    assert len(styles) == len(set(styles)) == 3


def test_a_legend_names_the_colours_that_are_there() -> None:
    texts = [e.text for e in ET.fromstring(timeline(window(), title="")).iter(f"{SVG}text")]
    assert texts[-2:] == ["not heard", "created"]
    nothing = wave(300, slice(0, 0))
    plain = ET.fromstring(timeline(window(rest=nothing, waits=[]), title=""))
    assert [e.text for e in plain.iter(f"{SVG}text")][-1] == "Latency"


def test_a_call_that_failed_is_red() -> None:
    tools = [
        Span(start=100, end=200, text="Tool docs.search: done"),
        Span(start=300, end=400, text="Tool docs.fetch: failed", kind=1),
    ]
    root = ET.fromstring(plain_colors(timeline(window(tools=tools), title="")))
    styles = {e[0].text: e.get("style") for e in root.iter(f"{SVG}rect") if len(e)}
    assert styles["Tool docs.search: done"] == "fill:#f57c00"
    assert styles["Tool docs.fetch: failed"] == "fill:#d32f2f"


def test_while_nobody_was_connected_there_is_a_gap_with_its_words() -> None:
    wide = Span(start=2000, end=6000, text="Connection lost, resumed after 4.0 s: <why>", kind=1)
    thin = Span(start=7000, end=7000, text="Resumed in another session of the server")
    root = ET.fromstring(plain_colors(timeline(window(breaks=[wide, thin]), title="")))
    band = next(e for e in root.iter(f"{SVG}rect") if len(e) and e[0].text == wide.text)
    assert float(band.get("width", 0)) == pytest.approx(0.4 * (900 - 74))
    assert "Connection lost, resumed after 4.0 s" in [e.text for e in root.iter(f"{SVG}text")]
    edges = [e.get("style") for e in root.iter(f"{SVG}path") if len(e) and e[0].text == wide.text]
    assert edges == ["stroke:#d32f2f", "stroke:#388e3c"]
    assert thin.text in [e.text for e in root.iter(f"{SVG}title")]


def test_silence_makes_no_path() -> None:
    nothing = wave(300, slice(0, 0))
    root = ET.fromstring(timeline(window(user=nothing, heard=nothing, rest=nothing), title=""))
    assert not [e for e in root.iter(f"{SVG}path") if "fill" in e.get("style", "")]


@pytest.mark.parametrize(
    ("span_ms", "step"), [(100, 10), (1000, 100), (10_000, 1000), (60_000, 10_000), (3.6e6, 6e5)]
)
def test_an_axis_has_round_steps(span_ms: float, step: float) -> None:
    assert steps_of(span_ms, 800) == step


def test_times_are_as_exact_as_the_axis() -> None:
    assert clock_text(125_000) == "2:05"
    assert [clock_text(1250, s) for s in (200, 50, 5)] == ["1.2 s", "1.25 s", "1.250 s"]


def test_a_waterfall_is_in_seconds_and_empty_without_steps() -> None:
    root = ET.fromstring(waterfall([("created", 0, 0.2), ("first token", 0.2, 0.5)], note="hop"))
    bars = [(float(e.get("x", 0)), float(e.get("width", 0))) for e in root.iter(f"{SVG}rect")]
    (x0, w0), (x1, w1) = bars
    assert x1 == pytest.approx(x0 + w0, abs=0.1) and w1 == pytest.approx(1.5 * w0, abs=0.1)
    assert [e.text for e in root.iter(f"{SVG}text")][-1] == "hop"
    assert waterfall([]) == ""


def test_for_papers_colours_are_plain() -> None:
    svg = timeline(window(), title="x")
    assert "var(" in svg and "var(" not in plain_colors(svg)
    assert "fill:#1976d2" in plain_colors(svg)
