"""Where each sample of a reply is: the account adds up, whatever happens."""

from __future__ import annotations

import random
from typing import Any

from rtwidgets.widgets.playback import Chunk, Playback, Samples, chunk_s, pause_s

RATE = 24000


def pcm(samples: int, value: int = 1) -> bytes:
    return value.to_bytes(2, "little", signed=True) * samples


def report(item_id: str, played: int = 0, dropped: int = 0) -> list[dict[str, Any]]:
    return [{"item_id": item_id, "received": 0, "played": played, "dropped": dropped}]


def again(item_id: str, start: int, count: int) -> bytes:
    """The sound of an item, as a session has it that lost none."""
    return pcm(count)


def test_sound_leaves_in_the_pieces_that_are_asked_for() -> None:
    playback = Playback(again)
    for value in range(10):
        playback.receive("a", "r", pcm(1000, value), RATE)
    playback.end("a")
    chunks = []
    while (chunk := playback.take(0.1)) is not None:
        chunks.append(chunk)
    assert [len(chunk.data) for chunk in chunks] == [4800, 4800, 4800, 4800, 800]
    assert [chunk.last for chunk in chunks] == [False] * 4 + [True]
    assert b"".join(chunk.data for chunk in chunks) == b"".join(pcm(1000, v) for v in range(10))
    assert playback.ahead_s == 10_000 / RATE


def test_the_end_that_comes_after_the_sound_is_told_by_an_empty_chunk() -> None:
    playback = Playback(again)
    playback.receive("a", "r", pcm(100), RATE)
    assert playback.take(1) == Chunk("a", pcm(100), RATE, last=False)
    assert playback.take(1) is None
    playback.end("a")
    assert playback.take(1) == Chunk("a", b"", RATE, last=True)
    assert playback.take(1) is None


def test_items_follow_one_another_even_when_their_sound_comes_mixed() -> None:
    playback = Playback(again)
    playback.receive("a", "r1", pcm(10, 1), RATE)
    playback.receive("b", "r2", pcm(10, 2), RATE)
    first = playback.take(1)
    assert first is not None and first.item_id == "a" and not first.last
    assert playback.take(1) is None, "b waits until a has ended"
    playback.receive("a", "r1", pcm(5, 1), RATE)
    playback.end_response("r1")
    assert playback.take(1) == Chunk("a", pcm(5, 1), RATE, last=True)
    assert playback.take(1) == Chunk("b", pcm(10, 2), RATE, last=False)


def test_a_piece_may_end_in_the_middle_of_a_sample() -> None:
    playback = Playback(again)
    data = bytes(range(20))
    for byte in data:
        playback.receive("a", "r", bytes([byte]), RATE)
    assert playback.samples("a") == Samples(received=10)
    chunk = playback.take(1)
    assert chunk is not None and chunk.data == data


def test_another_rate_waits_until_the_page_is_empty() -> None:
    playback = Playback(again)
    playback.receive("a", "r1", pcm(10), RATE)
    playback.end("a")
    playback.receive("b", "r2", pcm(10), 8000)
    assert playback.take(1) is not None
    assert playback.take(1) is None
    playback.report(report("a", played=10))
    assert playback.take(1) == Chunk("b", pcm(10), 8000, last=False)


def test_a_cut_drops_what_waits_and_what_still_comes_of_the_response() -> None:
    playback = Playback(again)
    playback.receive("a", "r", pcm(4800), RATE)
    playback.take(0.1)
    playback.cut()
    assert playback.samples("a") == Samples(received=4800, dropped=2400)
    playback.receive("a", "r", pcm(100), RATE)
    playback.receive("a2", "r", pcm(50), RATE)
    assert playback.take(1) is None
    playback.report(report("a", played=1200, dropped=1200))
    assert playback.take_truncations("a") == [("a", 50)]
    assert playback.take_truncations("a") == []
    assert playback.total == Samples(received=4950, played=1200, dropped=3750)


def test_what_was_on_its_way_to_the_loudspeaker_was_not_heard() -> None:
    playback = Playback(again)
    for item_id in ("a", "b"):
        playback.receive(item_id, item_id, pcm(2400), RATE)
        playback.end(item_id)
        playback.take(1)
    playback.report(report("a", played=2400))
    playback.report(report("b", played=960))
    playback.cut()
    playback.report(report("b", dropped=1440))
    assert playback.take_truncations("b", latency_s=0.03) == [("b", 10)]


def test_a_reply_that_nobody_heard_or_that_was_heard_whole_is_not_truncated() -> None:
    playback = Playback(again)
    playback.receive("whole", "r1", pcm(2400), RATE)
    playback.end("whole")
    playback.take(1)
    playback.report(report("whole", played=2400))
    playback.receive("silent", "r2", pcm(2400), RATE)
    playback.cut()
    assert playback.take_truncations() == []


def test_a_reply_that_was_still_growing_is_truncated_though_all_of_it_was_played() -> None:
    playback = Playback(again)
    playback.receive("a", "r", pcm(2400), RATE)
    playback.take(1)
    playback.report(report("a", played=2400))
    playback.cut()
    assert playback.take_truncations("a") == [("a", 100)]


def test_the_next_page_goes_on_where_the_last_one_was() -> None:
    sound = bytes(n % 251 for n in range(9600))
    playback = Playback(lambda name, start, count: sound[2 * start : 2 * (start + count)])
    playback.receive("a", "r", sound, RATE)
    playback.end("a")
    playback.receive("b", "r2", pcm(100, 7), RATE)
    assert playback.take(1) is not None
    playback.report(report("a", played=1000, dropped=200))
    playback.take_back()
    assert playback.samples("a") == Samples(received=4800, played=1000, dropped=200)
    assert playback.take(1) == Chunk("a", sound[2400:], RATE, last=True)
    assert playback.take(1) == Chunk("b", pcm(100, 7), RATE, last=False)


def test_what_was_cut_or_is_not_kept_stays_with_the_page_that_is_gone() -> None:
    playback = Playback(lambda item_id, start, count: b"")
    playback.receive("cut", "r1", pcm(100), RATE)
    playback.take(1)
    playback.cut()
    playback.receive("lost", "r2", pcm(100), RATE)
    playback.take(1)
    playback.take_back()
    assert playback.total == Samples(received=200, dropped=200)
    assert playback.take(1) is None


def test_a_reply_that_is_played_again_counts_for_nothing() -> None:
    playback = Playback(again)
    playback.receive("a", "r", pcm(100), RATE)
    playback.end("a")
    playback.take(1)
    playback.report(report("a", played=100))
    playback.replay("a", 100, RATE)
    chunk = playback.take(1)
    assert chunk is not None and chunk.data == pcm(100) and chunk.last
    assert playback.again == "a" and playback.live() and not playback.answering
    playback.report(report(chunk.item_id, played=40))
    playback.cut()
    assert playback.take_truncations(chunk.item_id, 0.001) == []
    assert playback.total == Samples(received=100, played=100)
    assert list(playback.items) == ["a"]
    assert playback.played_ms(chunk.item_id) == 0
    assert playback.again == ""


def test_a_replay_is_fetched_a_chunk_at_a_time_and_goes_on_in_another_page() -> None:
    sound = bytes(n % 251 for n in range(20_000))
    asked = []

    def fetch(item_id: str, start: int, count: int) -> bytes:
        asked.append((item_id, start, count))
        return sound[2 * start : 2 * (start + count)]

    playback = Playback(fetch)
    playback.replay("a", 10_000, RATE)
    assert asked == []
    first = playback.take(0.2)
    assert first is not None and first.data == sound[:9600] and not first.last
    assert asked == [("a", 0, 4800)]
    playback.report(report(first.item_id, played=1000))
    playback.take_back()
    rest = playback.take(1)
    assert rest is not None and rest.data == sound[2000:] and rest.last
    assert asked[1:] == [("a", 1000, 9000)]


def test_what_a_replay_cannot_have_any_more_is_passed_over() -> None:
    playback = Playback(lambda item_id, start, count: pcm(count) if start >= 9600 else b"")
    playback.replay("a", 10_000, RATE)
    chunk = playback.take(0.2)
    assert chunk is not None and chunk.data == pcm(400) and chunk.last
    playback.report(report(chunk.item_id, played=400))
    assert playback.again == ""
    playback.replay("b", 5000, RATE)
    assert playback.take(1) == Chunk("b#2", b"", RATE, last=True)
    assert playback.again == ""


def test_who_comes_in_the_middle_of_a_reply_goes_on_in_the_middle_of_it() -> None:
    asked = []

    def fetch(item_id: str, start: int, count: int) -> bytes:
        asked.append((item_id, start, count))
        return pcm(count)

    playback = Playback(fetch)
    playback.receive("a", "r", pcm(2400), RATE, first=7000)
    playback.receive("a", "r", pcm(2400), RATE, first=9400)
    playback.take(1)
    playback.report(report("a", played=100))
    playback.take_back()
    assert asked == [("a", 7100, 4700)]


def test_the_end_of_a_replay_leaves_the_answer_alone() -> None:
    playback = Playback(again)
    playback.replay("old", 5000, RATE)
    playback.take(0.1)
    playback.receive("new", "r", pcm(100, 2), RATE)
    playback.cut_replay()
    assert playback.take(1) == Chunk("new", pcm(100, 2), RATE, last=False)
    assert playback.answering


def test_a_page_that_reports_too_much_is_believed_as_far_as_it_is_possible() -> None:
    playback = Playback(again)
    playback.receive("a", "r", pcm(100), RATE)
    playback.take(1)
    playback.report([*report("a", played=90, dropped=90), *report("unknown", played=5)])
    assert playback.total == Samples(received=100, played=90, dropped=10)


def test_chunks_grow_with_what_is_ahead_and_stay_under_a_megabyte() -> None:
    assert chunk_s(0) == 0.2
    assert chunk_s(3) == 3
    assert 2 * RATE * chunk_s(1000) < 1_000_000
    assert pause_s(0) == 0.04
    assert pause_s(1) == 0.2


def test_no_sample_is_lost_in_a_random_life() -> None:
    for seed in range(200):
        draw = random.Random(seed)
        playback = Playback(again)
        page: list[tuple[str, int]] = []
        given = heard = 0
        for _ in range(120):
            step = draw.random()
            item = f"i{draw.randrange(5)}"
            if step < 0.4:
                size = draw.randrange(4000)
                given += size
                playback.receive(item, "r" + item, bytes(size), draw.choice((RATE, RATE, 8000)))
            elif step < 0.5:
                playback.end(item)
            elif step < 0.75:
                chunk = playback.take(draw.random())
                if chunk is not None:
                    page.append((chunk.item_id, len(chunk.data) // 2))
            elif step < 0.95 and page:
                name, size = page.pop(0)
                played = draw.randrange(size + 1)
                heard += played if "#" not in name else 0  # a replay was heard before
                playback.report(report(name, played, size - played))
            elif step < 0.97:
                playback.cut()
            elif step < 0.99:
                playback.take_back()
                page.clear()
            elif step < 0.995:
                playback.replay("i0", 400, RATE)
            else:
                playback.cut_replay()
            total = playback.total
            assert total.received == given // 2 or abs(total.received - given / 2) <= 5
            assert total.waiting >= 0
            assert total.played == heard
        playback.cut()
        playback.take_back()
        playback.drop_pending()
        assert playback.total.waiting == 0
