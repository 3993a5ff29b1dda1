"""How a sound and the words of an answer show themselves: what nobody heard is grey.

Small enough to be saved with a notebook: the wave is an image of two kilobytes, and the sound in
a player is compressed (G.711 μ-law at its own rate); ``turn.audio`` has the samples as they are.
"""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

from ...audio import Pcm, peaks, ulaw_wav_bytes
from ...figures.svg import Markup, as_image, element, picture
from ...figures.wave import Box, wave

__all__ = ["CUT", "QUIET", "answer_html", "player", "sound_html", "wave_image"]

#: Styles of what matters less, and of words that were made and never heard.
QUIET = "color:var(--jp-ui-font-color2,#757575)"
CUT = f"{QUIET};text-decoration:line-through"

#: A longer sound is not put into a page: it would be saved with the notebook.
LONGEST_S = 300.0
PAIRS = 240


def player(sound: Pcm) -> Markup:
    """The sound, compressed; it plays without a kernel."""
    data = base64.b64encode(ulaw_wav_bytes(sound)).decode("ascii")
    attrs = {
        "controls": "",
        "preload": "metadata",
        "style": "height:32px;max-width:100%;vertical-align:middle",
        "src": f"data:audio/wav;base64,{data}",
    }
    return element("audio", attrs)


def wave_image(pairs: NDArray[np.int8], share: float, words: str, *, height: int = 28) -> Markup:
    """A wave of peaks as an image: the share that was heard solid, the rest grey."""
    width = 2 * len(pairs)
    marks = [] if share >= 1 else [(share, "here it was cut")]
    drawn = wave(pairs, Box(0, 0, width, height), heard=share, marks=marks)
    # An image has to say its size; it needs no name inside, the words stand beside it.
    svg = picture(
        width, height, drawn, title="", attrs={"role": None, "aria-label": None, "style": None}
    )
    style = f"max-width:100%;height:{height}px;vertical-align:middle"
    return as_image(svg, words, style)


def sound_html(sound: Pcm, heard_s: float | None = None) -> Markup:
    """The wave above its player; ``heard_s`` where not all of it was heard."""
    whole = sound.duration_s
    words = f"{whole:.1f} s of sound"
    share = 1.0
    if heard_s is not None and whole:
        share = min(1.0, heard_s / whole)
        words += f", {heard_s:.1f} s of it heard"
    image = wave_image(peaks(sound.samples, PAIRS), share, words)
    long = element("code", None, f"{sound!r} is too long for a page: save it with write_wav")
    shown = player(sound) if whole <= LONGEST_S else long
    return element("div", None, element("div", None, image), shown)


def answer_html(text: str, heard: str | None) -> Markup:
    """Words of the model; ``heard`` are the first of them, and the others are struck through."""
    attrs = {"dir": "auto", "style": "white-space:pre-wrap;overflow-wrap:anywhere"}
    if heard is None:
        return element("span", attrs, text)
    rest = " ".join(text.split()[len(heard.split()) :])
    cut = element("s", {"style": CUT, "title": "made by the model, heard by nobody"}, rest)
    return element("span", attrs, heard, " " if heard else None, cut if rest else None)
