"""``Exports``: a session as tables, sound, subtitles, a page, or a file that can be replayed.

Everything is made from ``session.events_log``, in which no key stands, and may be asked for at
any time, also after the end. What is imported only here (pandas) is imported when it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

from ... import _loop
from ...errors import LocalProtocolError

if TYPE_CHECKING:
    from ...protocol.conversation import Conversation
    from ..events.events_log import EventsLog
    from ..link import Link
    from ..money.usage import SessionUsage
    from ..records.record import Record
    from ..records.recorder import Recorder

__all__ = ["TABLES", "Exports"]

Path = str | PathLike[str]
Table = Literal["events", "turns", "usage"]
TABLES = ("events", "turns", "usage")


class Exports:
    """What ``Session`` offers to keep; it gives the link."""

    _link: Link
    name: str
    url: str
    conversation: Conversation

    keep_in_notebook: bool = True
    """Leave a record of the talk in the notebook that shows a panel of this session."""
    static_audio: bool = False
    """With its sound, compressed, as far as 2 MB go."""

    if TYPE_CHECKING:  # facts that the session has

        @property
        def events_log(self) -> EventsLog: ...  # noqa: D102
        @property
        def usage(self) -> SessionUsage: ...  # noqa: D102
        @property
        def model(self) -> str | None: ...  # noqa: D102
        @property
        def free(self) -> bool: ...  # noqa: D102

    def record(self) -> Record:
        """Who said what and when, what of it was heard, and what it cost, until now."""
        return self._read()[1]

    def to_rows(self, table: Table = "turns") -> list[dict[str, Any]]:
        """A table as a list of rows: ``events``, ``turns`` or ``usage``.

        ``events``: one row for each event on the wire. ``turns``: what was said, answered and
        heard, latencies in s, tokens and money. ``usage``: one row for each response and each
        transcription, ``usd`` is ``None`` where no price is known.
        """
        from .rows import event_rows, turn_rows, usage_rows

        if table == "turns":
            return turn_rows(self.record())
        if table in TABLES:
            return usage_rows(self.usage) if table == "usage" else event_rows(self.events_log)
        from ..settings.flat import nearest

        raise LocalProtocolError(f"there is no table {table!r}: {nearest(str(table), TABLES)}")

    def to_frame(self, table: Table = "turns") -> Any:
        """The same as a pandas ``DataFrame``; ``to_rows`` gives it without pandas."""
        from .rows import frame

        return frame(self.to_rows(table))

    def to_wav(self, path: Path, *, heard: bool = True) -> None:
        """Save the talk as a stereo WAV file: the user left, the model right, on one clock.

        Of answers that were cut, what nobody heard is left out, or with ``heard=False`` is
        there as well. Raises ``AudioError`` where there is no sound or no way to write it.
        """
        from .sound import write_talk

        recorder, record = self._read()
        write_talk(path, self.events_log, recorder, record, heard=heard)

    def to_jsonl(self, path: Path) -> None:
        """Save every event, with its time, for ``rt.replay(path)``: one JSON record a line."""
        from .jsonl import save

        save(path, self)

    def save(self, path: Path) -> None:
        """Keep the session in a file: ``session.save("talk.jsonl")``, ``rt.replay("talk.jsonl")``.

        The end of the name may ask for another kind: ``.wav``, ``.html``, ``.srt``. Raises
        ``LocalProtocolError`` for one that is none of these.
        """
        kinds: dict[str, Callable[[Path], None]] = {
            **dict.fromkeys(("", ".json", ".jsonl"), self.to_jsonl),
            ".wav": self.to_wav,
            ".html": self.to_html,
            ".srt": self.to_srt,
        }
        end = PurePath(path).suffix.lower()
        if end not in kinds:
            raise LocalProtocolError(
                f"a session cannot be saved as {end}: the name may end with "
                f"{', '.join(filter(None, kinds))}"
            )
        kinds[end](path)

    def to_html(self, path: Path, *, sound: bool = True) -> None:
        """Save one page that holds everything: words, waves, players, latency, usage, money.

        It needs no network and no script. Its sound is compressed (G.711 µ-law at the rate of
        the sound, about 2 MB a minute); ``sound=False`` leaves it out.
        """
        from .page import write_page

        recorder, record = self._read()
        write_page(path, self.events_log, recorder, record, sound=sound)

    def to_srt(self, path: Path) -> None:
        """Save subtitles for what ``to_wav`` saves: who said what when, as far as it was heard."""
        from .srt import write_srt

        write_srt(path, self.record())

    def _read(self) -> tuple[Recorder, Record]:
        from ..records.recorder import Recorder
        from .progress import Progress

        _loop.refuse_on_loop("an export")
        log = self.events_log
        recorder = Recorder(self._link.client.dialect, log.ends)
        with Progress("reading the session", len(log)) as progress:
            for event in log:
                recorder.take(event)
                progress.add(1)
        return recorder, self._account(recorder)

    def _account(self, recorder: Recorder) -> Record:
        from ..events.kept_facts import heard_ms, played_ms
        from ..records.account import account

        link = self._link
        return account(
            recorder,
            name=self.name,
            model=self.model,
            free=self.free,
            heard_ms=heard_ms(link),
            played_ms=played_ms(link),
            ended=None if link.ended is None else link.ended.reason,
        )
