"""The sound of the answers is kept outside of memory, whole and by item."""

from __future__ import annotations

import pytest

from rtwidgets.widgets.replies import Replies


def test_items_are_read_as_they_came_though_their_pieces_come_mixed() -> None:
    replies = Replies()
    assert replies.latest == "" and "a" not in replies and replies.read("a") == b""
    for n in range(10):
        replies.add("a", bytes([n, 1]) * 5, 24_000)
        replies.add("b", bytes([n, 2]) * 3, 8_000)
    assert replies.read("a") == b"".join(bytes([n, 1]) * 5 for n in range(10))
    assert replies.read("a", 12, 4) == bytes([2, 1]) * 3 + bytes([3, 1])
    assert replies.read("b", 28) == bytes([9, 2]) * 2
    assert (replies.rate("a"), replies.rate("b"), replies.latest) == (24_000, 8_000, "b")


def test_what_does_not_fit_is_not_kept_and_what_is_kept_stays() -> None:
    replies = Replies(most_bytes=10)
    replies.add("a", b"12345678", 24_000)
    replies.add("b", b"1234", 24_000)
    assert "b" not in replies
    assert replies.read("a") == b"12345678"


def test_a_full_disk_ends_the_keeping_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def seek(self, _: int) -> None: ...
        def write(self, _: bytes) -> int:
            raise OSError("no space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: Full())
    replies = Replies()
    replies.add("a", b"12", 24_000)
    assert "a" not in replies


def test_nothing_is_kept_after_the_end() -> None:
    replies = Replies()
    replies.add("a", b"12", 24_000)
    replies.close()
    replies.add("b", b"12", 24_000)
    assert replies.latest == ""
