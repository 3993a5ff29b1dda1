"""How much of a sound is in another one: what a microphone heard of the file that it was."""

from __future__ import annotations

import numpy as np

from rtwidgets.audio import Pcm

__all__ = ["likeness", "segments"]

#: A device that slips under load moves a segment by that much, in s.
SLIP_S = 0.1
#: Below this share of the loudest segment there is nothing to compare.
QUIET = 0.1


def likeness(part: np.ndarray, whole: np.ndarray) -> tuple[float, int]:
    """The best normalized correlation of ``part`` with a place in ``whole``, and the place."""
    size = 1 << (len(part) + len(whole)).bit_length()
    spectrum = np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size))
    places = len(whole) - len(part) + 1
    if places < 1:
        return 0.0, 0
    dot = np.fft.irfft(spectrum, size)[:places]
    sums = np.concatenate([[0.0], np.cumsum(np.square(whole))])
    energy = sums[len(part) :][:places] - sums[:places]
    norm = np.sqrt(np.maximum(energy, 1e-9) * np.sum(np.square(part)))
    found = dot / np.maximum(norm, 1e-9)
    best = int(np.argmax(found))
    return float(found[best]), best


def segments(spoken: Pcm, heard: Pcm, length_s: float = 0.4) -> list[float]:
    """The likeness of each segment of ``spoken`` that is not quiet, near where it belongs."""
    rate = heard.rate
    a = spoken.resampled(rate).samples.astype(np.float64)
    b = heard.samples.astype(np.float64)
    _, begin = likeness(a, np.concatenate([b, np.zeros(len(a))]))
    step, slip = round(length_s * rate), round(SLIP_S * rate)
    parts = [a[i : i + step] for i in range(0, len(a) - step + 1, step)]
    loudest = max((float(np.std(part)) for part in parts), default=0.0)
    found = []
    for number, part in enumerate(parts):
        if np.std(part) < QUIET * loudest:
            continue
        at = begin + number * step
        found.append(likeness(part, b[max(0, at - slip) : at + step + slip])[0])
    return found
