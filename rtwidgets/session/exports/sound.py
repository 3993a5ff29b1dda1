"""The talk as sound: both sides on one clock, and the sound of single lines.

A recorder that is fed the log once more hands out each piece of sound, and the record says where
it belongs. Nothing is held but the piece in hand: the file is written where the sound lies.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...audio import Pcm, Resampler, decode
from ...errors import AudioError
from ...protocol.config import AudioFormat
from ..events.wire_event import WireEvent
from ..records.record import Record
from ..records.recorder import Recorder
from ..records.talk_clock import Runs
from .files import part_of
from .progress import Progress

__all__ = ["line_sounds", "write_talk"]

RATE = 24_000
#: A WAV file cannot be longer: its sizes have 32 bits.
MOST_BYTES = 0xFFFF_FFFF - 44
#: Pieces that meet as closely as this follow one another, in ms.
GAP_MS = 2.0

Int16 = NDArray[np.int16]


class _Track:
    """One stream of sound on its way to its place."""

    def __init__(self, runs: Runs, limit_ms: float, form: AudioFormat, rate: int) -> None:
        self.runs, self.limit_ms, self.rate = runs, limit_ms, rate
        self._resampler = Resampler(form.sample_rate, rate)
        self._place = 0  # the next sample of the file
        self._next_ms = -1.0  # where the next piece belongs, if it follows this one

    def put(self, side: Any, at_ms: float, data: bytes, form: AudioFormat) -> None:
        """A piece that begins ``at_ms`` in its own sound."""
        left = form.byte_count(max(0.0, self.limit_ms - at_ms))
        data = data[:left]
        if not data:
            return
        due = self.runs.at(at_ms)
        if abs(due - self._next_ms) > GAP_MS:
            self.flush(side)
            self._place = round(due * self.rate / 1000)
        self._next_ms = due + form.duration_ms(len(data))
        self._write(side, self._resampler.push(decode(data, form.type)))

    def flush(self, side: Any) -> None:
        """The rest of what the resampler holds."""
        self._write(side, self._resampler.flush())

    def _write(self, side: Any, samples: Int16) -> None:
        start = max(0, self._place)
        self._place += samples.size
        samples = samples[: max(0, side.shape[0] - start)]
        if samples.size:
            there = side[start : start + samples.size].astype(np.int32) + samples
            side[start : start + samples.size] = np.clip(there, -32768, 32767)


def write_talk(
    path: str | os.PathLike[str],
    events: Iterable[WireEvent],
    recorder: Recorder,
    record: Record,
    *,
    heard: bool,
) -> None:
    """A stereo WAV file; see ``Session.to_wav``."""
    clips = {line.item_id: line.clip for line in record.lines if line.clip is not None}
    limits = {
        item_id: reply.duration_ms if not heard or item_id not in clips else clips[item_id].heard_ms
        for item_id, reply in recorder.replies.items()
    }
    rates = [reply.form.sample_rate for reply in recorder.replies.values()]
    if recorder.clock.position_ms:
        rates.append(recorder.input_format.sample_rate)
    if not rates:
        raise AudioError("nothing was said aloud in this session: there is no sound to save")
    rate = max(rates)
    ends = [recorder.clock.runs.at(recorder.clock.position_ms)]
    ends += [reply.runs.at(limits[item_id]) for item_id, reply in recorder.replies.items()]
    count = int(max(ends) * rate / 1000) + 1
    if count * 4 > MOST_BYTES:
        raise AudioError(f"{count / rate / 3600:.1f} hours are too long for a WAV file")
    with part_of(path) as part:
        with part.open("wb") as file:
            file.write(_head(count, rate))
            file.truncate(44 + count * 4)
        sides = np.memmap(part, "<i2", "r+", 44, (count, 2))
        with Progress("writing the sound", record.events) as progress:
            _write_sides(sides, events, recorder, limits, rate, progress)
        sides.flush()
        del sides


def _write_sides(
    sides: Any,
    events: Iterable[WireEvent],
    known: Recorder,
    limits: dict[str, float],
    rate: int,
    progress: Progress,
) -> None:
    tracks: dict[str, _Track] = {}

    def put(item_id: str, at_ms: float, data: bytes, form: AudioFormat) -> None:
        side = sides[:, 1 if item_id else 0]
        if (track := tracks.get(item_id)) is None:
            if item_id and item_id not in known.replies:
                return  # it came after the record was made
            runs = known.replies[item_id].runs if item_id else known.clock.runs
            limit = limits[item_id] if item_id else known.clock.position_ms
            track = tracks[item_id] = _Track(runs, limit, form, rate)
        track.put(side, at_ms, data, form)

    again = Recorder(known.client.dialect)
    again.on_sound = put
    for number, event in enumerate(events):
        if number >= known.count:
            break
        again.take(event)
        progress.add(1)
    for item_id, track in tracks.items():
        track.flush(sides[:, 1 if item_id else 0])


def _head(count: int, rate: int) -> bytes:
    size = count * 4
    form = struct.pack("<HHIIHH", 1, 2, rate, rate * 4, 4, 16)
    return b"".join(
        (
            *(b"RIFF", struct.pack("<I", size + 36), b"WAVE"),
            *(b"fmt ", struct.pack("<I", 16), form),
            *(b"data", struct.pack("<I", size)),
        )
    )


def line_sounds(
    events: Iterable[WireEvent],
    recorder: Recorder,
    record: Record,
    most_bytes: float,
    *,
    rate: int | None = None,
) -> dict[str, Pcm]:
    """The sound of each line that has one, as far as it was heard, by item id, at ``rate`` Hz.

    At most ``most_bytes`` of it are kept (a byte a sample), the newest; those that do not fit
    any more are left out whole.
    """
    wanted = {line.item_id: line.clip for line in record.lines if line.clip is not None}
    places = {i: clip.place for i, clip in wanted.items() if clip.place is not None}
    sounds: dict[str, list[Int16]] = {}
    rates: dict[str, int] = {}

    def put(item_id: str, at_ms: float, data: bytes, form: AudioFormat) -> None:
        length = form.duration_ms(len(data))
        if item_id:
            clip = wanted.get(item_id)
            found = [] if clip is None else [(item_id, 0.0, clip.heard_ms)]
        else:
            found = [
                (i, start, end)
                for i, (start, end) in places.items()
                if at_ms < end and at_ms + length > start
            ]
        for name, start, end in found:
            first = form.byte_count(max(0.0, start - at_ms))
            last = form.byte_count(max(0.0, min(end - at_ms, length)))
            sounds.setdefault(name, []).append(decode(data[first:last], form.type))
            rates[name] = form.sample_rate

    again = Recorder(recorder.client.dialect)
    again.on_sound = put
    with Progress("reading the sound", recorder.count) as progress:
        for number, event in enumerate(events):
            if number >= recorder.count:
                break
            again.take(event)
            progress.add(1)
    kept: dict[str, Pcm] = {}
    for line in reversed(record.lines):
        if line.item_id in sounds:
            whole = Pcm(np.concatenate(sounds[line.item_id]), rates[line.item_id])
            whole = whole if rate is None else whole.resampled(rate)
            most_bytes -= whole.samples.size
            if most_bytes < 0:
                break
            kept[line.item_id] = whole
    return dict(reversed(kept.items()))
