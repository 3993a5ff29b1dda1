"""``ToneSynthesizer``: a voice that babbles the letters; audible, speech-like, no words.

Theory of operation. A voiced sound is one period of a wave, computed once for each voice
and each row of ``FORMANTS_HZ``. Speaking is reading these tables: the phase advances with
the melody, two neighbouring tables are blended, an envelope over the letters opens and
closes the voice, and another one adds hiss. All of it is a few numpy calls for each stretch
of text, which is several hundred times faster than real time.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .simulated_letters import FORMANTS_HZ, Sound, sounds
from .simulated_pace import Pace

__all__ = ["VOICES", "Timbre", "ToneSynthesizer"]

RATE = 24000
#: Samples in a chunk: 150 ms.
CHUNK = 3600
#: Samples in one stored period.
PERIOD = 1024
#: Seconds that a mean letter takes: English text, spaces and stops included, comes to 14
#: letters a second.
LETTER_S = 0.0645
#: Letters that are rendered in one go, to bound the time to the first chunk.
STRETCH = 48
#: What a full-voiced vowel is worth; speech as a whole comes to about -20 dBFS.
LEVEL = 32768 * 0.17


class Timbre(NamedTuple):
    """What tells one voice from another."""

    pitch_hz: float
    tract: float
    """Scale of the resonances: above 1 is a smaller head."""
    tilt: float
    """How fast the overtones fall: 1 is bright, 2 is dull."""
    breath: float = 0.0
    """Hiss in every vowel."""
    melody: float = 0.12
    """How far the pitch moves, as a share of it."""
    vibrato: float = 0.0


VOICES: dict[str, Timbre] = {
    "alloy": Timbre(162, 1.03, 1.2),
    "ash": Timbre(104, 0.93, 1.3, breath=0.03),
    "ballad": Timbre(128, 0.98, 1.6, melody=0.2, vibrato=0.025),
    "coral": Timbre(202, 1.14, 1.1, melody=0.18),
    "echo": Timbre(93, 0.90, 1.0, melody=0.05),
    "sage": Timbre(182, 1.09, 1.7, breath=0.05),
    "shimmer": Timbre(240, 1.22, 1.3, breath=0.08, vibrato=0.01),
    "verse": Timbre(143, 0.99, 1.0, melody=0.24),
    "marin": Timbre(220, 1.18, 1.5),
    "cedar": Timbre(82, 0.86, 1.5, breath=0.02),
}
DEFAULT = next(iter(VOICES))
_ROWS = {name: row for row, name in enumerate(FORMANTS_HZ)}

Float = NDArray[np.float64]


class ToneSynthesizer:
    """Speaks in ten voices; the same text always sounds the same."""

    name = "simulated-tones"
    rate = RATE
    voices: tuple[str, ...] = tuple(VOICES)

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def synthesize(
        self, text: str, *, voice: str, speed: float = 1.0
    ) -> Iterator[NDArray[np.int16]]:
        """Chunks of 150 ms, the last one shorter; nothing for text without letters."""
        clock = self._pace.clock(self.name, text)
        rest = np.zeros(0, np.int16)
        for stretch in _speak(text, VOICES.get(voice, VOICES[DEFAULT]), min(max(speed, 0.25), 4.0)):
            rest = np.concatenate([rest, stretch])
            while rest.size >= CHUNK:
                clock.step(CHUNK / RATE)
                yield rest[:CHUNK]
                rest = rest[CHUNK:]
        if rest.size:
            clock.step(rest.size / RATE)
            yield rest


def _speak(text: str, timbre: Timbre, speed: float) -> Iterator[NDArray[np.int16]]:
    """The sound of ``text``, a stretch of letters at a time."""
    said = list(sounds(text))
    if not any(sound.tone or sound.hiss for sound in said):
        return
    rows = _rows(said)
    pitch = _melody(said, timbre, rising=text.rstrip().endswith("?"))
    ends = np.rint(np.cumsum([s.length for s in said]) * LETTER_S / speed * RATE).astype(int)
    phase = 0.0
    start = 0
    while start < len(said):
        stop = _stretch_end(said, start)
        begin = ends[start - 1] if start else 0
        part = slice(start, stop)
        sound, phase = _render(
            said[part],
            rows[part],
            pitch[part],
            ends[part] - begin,
            timbre,
            phase,
            offset=int(begin),
        )
        yield sound
        start = stop


def _stretch_end(said: list[Sound], start: int) -> int:
    """Cut where it is silent, if there is such a place within twice the length."""
    for at in range(start + STRETCH, min(start + 2 * STRETCH, len(said))):
        if not (said[at - 1].tone or said[at - 1].hiss):
            return at
    return min(start + 2 * STRETCH, len(said))


def _rows(said: list[Sound]) -> NDArray[np.intp]:
    """The table of each sound; one without a voice keeps its neighbour's."""
    rows = np.zeros(len(said), np.intp)
    row = _ROWS["e"]
    for at, sound in enumerate(said):
        row = _ROWS.get(sound.voice, row)
        rows[at] = row
    return rows


def _melody(said: list[Sound], timbre: Timbre, *, rising: bool) -> Float:
    """Hz at each sound: falling over a sentence, up and down over its words."""
    curve = np.empty(len(said))
    place = 0
    for at, sound in enumerate(said):
        curve[at] = 0.6 * np.exp(-place / 40) + 0.5 * np.sin(place * 0.55) - 0.2
        place = 0 if sound.ends else place + 1
    if rising:
        tail = min(len(said), 8)
        curve[-tail:] += np.linspace(0, 1.2, tail)
    pitch: Float = timbre.pitch_hz * (1 + timbre.melody * curve)
    return pitch


def _render(
    said: list[Sound],
    rows: NDArray[np.intp],
    pitch: Float,
    ends: NDArray[np.int_],
    timbre: Timbre,
    phase: float,
    *,
    offset: int,
) -> tuple[NDArray[np.int16], float]:
    """int16 samples up to ``ends[-1]``, and the phase (in periods) to go on with."""
    t = np.arange(ends[-1], dtype=np.float64)
    starts = np.concatenate([[0], ends[:-1]])
    centres = (starts + ends) / 2
    # A letter is open in its middle half; between letters the gains cross.
    knots = np.stack([starts + (ends - starts) * 0.25, ends - (ends - starts) * 0.25], 1).ravel()
    knots = np.concatenate([[0.0], knots, [float(ends[-1])]])
    tone, hiss = (
        np.interp(t, knots, np.concatenate([[0.0], np.repeat(gains, 2), [0.0]]))
        for gains in (np.array([s.tone for s in said]), np.array([s.hiss for s in said]))
    )
    hz = np.interp(t, centres, pitch)
    if timbre.vibrato:
        hz *= 1 + timbre.vibrato * np.sin((t + offset) * (2 * np.pi * 5.2 / RATE))
    phases = phase + np.cumsum(hz) / RATE
    index = (phases * PERIOD).astype(np.int64) & (PERIOD - 1)
    # Between two centres the first table gives way to the second in the middle third.
    place = np.interp(t, centres, np.arange(len(said), dtype=np.float64))
    first = place.astype(np.intp)
    blend = np.clip((place - first) * 3 - 1, 0, 1)
    tables = _tables(timbre)
    second = np.minimum(first + 1, len(said) - 1)
    wave = tables[rows[first], index] * (1 - blend) + tables[rows[second], index] * blend
    noise = _noise()[(np.arange(ends[-1]) + offset) % RATE]
    sound = wave * tone + noise * (hiss + timbre.breath * tone)
    return np.rint(np.clip(sound * LEVEL, -32767, 32767)).astype(np.int16), float(phases[-1] % 1)


@cache
def _tables(timbre: Timbre) -> Float:
    """One period for each row of ``FORMANTS_HZ``, each of effective value 1."""
    overtones = np.arange(1, max(2, int(4600 / timbre.pitch_hz)))
    hz = overtones * timbre.pitch_hz
    # These phases spread the energy over the period: no clicking peaks.
    phases = np.pi * overtones * (overtones - 1) / len(overtones)
    waves = np.cos(2 * np.pi * np.outer(overtones, np.arange(PERIOD) / PERIOD) + phases[:, None])
    tables = np.empty((len(FORMANTS_HZ), PERIOD))
    for row, formants in enumerate(FORMANTS_HZ.values()):
        gain = np.full(len(hz), 0.02)
        for rank, formant in enumerate(formants):
            width = 90 + 40 * rank
            gain += 1 / (1 + rank) / (1 + ((hz - formant * timbre.tract) / width) ** 2)
        wave = (gain / overtones ** (timbre.tilt - 0.7)) @ waves
        tables[row] = wave / np.sqrt(np.mean(wave**2))
    return tables


@cache
def _noise() -> Float:
    """A second of breath: noise without its low half, of effective value 1."""
    white = np.random.default_rng(1876).standard_normal(RATE + 2)
    high = np.diff(white, 2)
    noise: Float = high / np.sqrt(np.mean(high**2))
    return noise
