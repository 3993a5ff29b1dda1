"""Sound that is said instead of typed: what is taken for sound, and how it is sent.

Sent in pieces of 40 ms, as a microphone would, in real time or as fast as the server takes
them. A server that detects turns hears the end of speech only by the silence after it, so
silence follows the sound until the server has noticed (within limits).
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import UNSET

from ...audio import Pcm, decode, encode, level_dbfs, read_sound
from ...errors import AudioError, RealtimeError
from ...protocol.config import AudioFormat, TurnDetection
from .hearing import Hearing
from .said_sound import SaidSound

if TYPE_CHECKING:
    from ..link import Link
    from .turn import Turn

__all__ = ["as_sound", "loud_until_s", "no_speech", "speak"]

PIECE_MS = 40
RATE = 24_000

#: Names that mean a file even where none is there (yet); other text is text.
_SOUND_FILE = re.compile(
    r"\.(wav|wave|mp3|flac|ogg|oga|opus|m4a|aac|aif|aiff|webm)$", re.IGNORECASE
)

#: Without an answer of the server's about silence, this much is sent at once after the sound.
SILENCE_AT_ONCE_MS = 1000
#: Then it trickles in real time; a server that has heard nothing by then hears nothing, in s.
NO_SPEECH_S = 4.0
#: `semantic_vad` may wait 8 s for a speaker who seems to hesitate.
LONGEST_SILENCE_S = 20.0
#: After a pause inside the sound, so long more speech may be on its way, in s.
MORE_SPEECH_S = 1.5


def as_sound(said: object, rate: int = RATE) -> Pcm | None:
    """What ``say`` was given, as sound at 24 kHz; ``None`` for text.

    A ``Pcm``, a path, text that names a sound file, or an array of samples at ``rate`` Hz.
    Raises ``AudioError`` for a missing file, no sound, and anything else.
    """
    if isinstance(said, Pcm):
        return said.resampled(RATE)
    if isinstance(said, (str, os.PathLike)):
        if isinstance(said, str) and not _names_file(said):
            return None
        return read_sound(Path(said).expanduser()).resampled(RATE)
    if isinstance(said, (np.ndarray, list, tuple)):
        return Pcm.from_array(np.asarray(said), rate).resampled(RATE)
    raise AudioError(
        f"a {type(said).__name__} cannot be said: "
        "give text, the path of a sound file, an array of samples or a Pcm"
    )


def _names_file(text: str) -> bool:
    if not _SOUND_FILE.search(text) or "\n" in text:
        return False
    return not re.search(r"\s", text) or Path(text).expanduser().is_file()


def loud_until_s(sound: Pcm) -> float:
    """Where the last part ends that is not silence next to the rest, in s from the start."""
    size = sound.rate * PIECE_MS // 1000
    count = -(-sound.samples.size // size)
    levels = [level_dbfs(sound.samples[i * size : (i + 1) * size]) for i in range(count)]
    if not levels:
        return 0.0
    threshold = max(max(levels) - 30.0, -65.0)
    last = max((i for i, level in enumerate(levels) if level >= threshold), default=count - 1)
    return min((last + 1) * PIECE_MS / 1000, sound.duration_s)


def no_speech(sound: Pcm) -> RealtimeError:
    """What to say when a server has heard nothing in ``sound``."""
    peak = int(np.abs(sound.samples.astype(np.int32)).max(initial=0))
    level = f"{20 * np.log10(peak / 32768):.0f} dBFS" if peak else "silence"
    return RealtimeError(
        f"the server heard no speech in this sound of {sound.duration_s:.2f} s (peak {level}): "
        "is it speech, at the right rate? for a quiet one, session.update(threshold=0.3); "
        "to send it as it is, session.update(turn_detection=None)"
    )


async def speak(link: Link, turn: Turn, sound: Pcm, *, realtime: bool) -> None:
    """Send ``sound`` for ``turn`` and stay until the server knows that it is over."""
    try:
        async with link.voice:
            if not turn.done:
                turn.sending()
                await _speak(link, turn, sound, realtime=realtime)
    except (RealtimeError, ValueError) as error:
        turn.fail(error)


async def _speak(link: Link, turn: Turn, sound: Pcm, *, realtime: bool) -> None:
    form, detection = link.input_format, link.turn_detection
    wire = encode(sound.resampled(form.sample_rate).samples, form.type)
    loud_s = loud_until_s(sound)
    start_ms = link.appended_ms
    if detection is not None:
        turn.unsettle()
        turn.hearing = Hearing(
            start_ms=start_ms,
            end_ms=start_ms + sound.duration_s * 1000,
            loud_ms=start_ms + loud_s * 1000,
        )
    said = turn.said_sound = SaidSound(start_ms, form.sample_rate, link.before_ms)
    size = form.byte_count(PIECE_MS)
    begun = link.now()
    for n, at in enumerate(range(0, len(wire), size), 1):
        if realtime:
            # A piece of a microphone is sent when it has been recorded, that is at its end.
            await asyncio.sleep(max(0.0, begun + n * PIECE_MS / 1000 - link.now()))
        if turn.done:
            return
        _send(link, turn, said, wire[at : at + size], form)
        if (n - 1) * PIECE_MS / 1000 < loud_s:
            turn.spoke(link.now())
        if not realtime and n % 25 == 0:
            await link.drained()
    await link.drained()
    if detection is None:
        turn.commits += 1
        turn.causes.add(link.send(link.client.commit_audio()))
        turn.sent(link.now())
        turn.ask()
    else:
        await _until_heard(link, turn, sound, detection, form, realtime=realtime)


def _send(link: Link, turn: Turn, said: SaidSound, piece: bytes, form: AudioFormat) -> None:
    event_id = link.append(piece)
    turn.causes.add(event_id)
    said.add(decode(piece, form.type), link.appended_ms, event_id, link.events_log.now_ms)
    link.alive()


async def _until_heard(
    link: Link,
    turn: Turn,
    sound: Pcm,
    detection: TurnDetection,
    form: AudioFormat,
    *,
    realtime: bool,
) -> None:
    """Silence, until the server says that the last speech is over."""
    hearing, said = turn.hearing, turn.said_sound
    if hearing is None or said is None:
        return
    at_once = SILENCE_AT_ONCE_MS
    if realtime:
        at_once = 0
    elif detection.silence_duration_ms is not UNSET:
        at_once = detection.silence_duration_ms + 200
    piece = encode(np.zeros(form.sample_rate * PIECE_MS // 1000, np.int16), form.type)
    end = link.now()
    quiet_since: float | None = None
    for n in range(int(LONGEST_SILENCE_S * 1000 / PIECE_MS) + at_once // PIECE_MS):
        if turn.done or hearing.complete:
            break
        now = link.now()
        if not hearing.heard and now > end + NO_SPEECH_S:
            turn.fail(no_speech(sound))
            return
        if hearing.stops and not hearing.speaking:
            quiet_since = quiet_since or now
            if now > quiet_since + MORE_SPEECH_S:
                break
        else:
            quiet_since = None
        if n * PIECE_MS >= at_once:
            late = n - at_once // PIECE_MS
            await asyncio.sleep(max(0.0, end + (late + 1) * PIECE_MS / 1000 - link.now()))
        _send(link, turn, said, piece, form)
    else:
        turn.fail(_never_over())
        return
    if detection.create_response is False:
        await turn.wait_for_commit()
        turn.ask()
    turn.settle()


def _never_over() -> RealtimeError:
    return RealtimeError(
        f"the server heard speech, but not its end, in {LONGEST_SILENCE_S:g} s of silence: "
        "session.update(turn_detection='server_vad') waits for silence only; "
        "session.update(turn_detection=None) ends a turn where the sound ends"
    )
