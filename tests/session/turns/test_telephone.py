"""The microphone's sound in the format of the session's input, whatever rate it comes with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rtwidgets.audio import decode, encode_ulaw
from rtwidgets.protocol.config import PCM16_24K, AudioFormat
from rtwidgets.session.turns.telephone import Telephone
from rtwidgets.session.wire_commands import WireCommands

ULAW = AudioFormat(type="audio/pcmu")
ALAW = AudioFormat(type="audio/pcma")


def tone(rate: int, seconds: float = 1.0, frequency: float = 440.0) -> NDArray[np.int16]:
    time = np.arange(round(rate * seconds)) / rate
    return np.asarray(8000 * np.sin(2 * np.pi * frequency * time), np.int16)


class Wire(WireCommands):
    """The commands on a link that keeps what it is given."""

    def __init__(self, form: AudioFormat) -> None:
        self.sent: list[bytes] = []
        self.displaced_ms = 0.0
        self._from_microphone = None
        voice = SimpleNamespace(locked=lambda: self.saying)
        self.saying = False
        self._link: Any = SimpleNamespace(voice=voice, input_format=form, append=self.sent.append)

    def _post(self, fn: Any, *args: Any) -> None:
        fn(*args)

    def speak(self, samples: NDArray[np.int16], rate: int, chunk_ms: int = 40) -> bytes:
        """Give it all in chunks; what went out."""
        self.sent.clear()
        size = rate * chunk_ms // 1000
        for at in range(0, samples.size, size):
            self.append_audio(samples[at : at + size].tobytes(), rate=rate)
        return b"".join(self.sent)


def test_sound_of_the_wires_own_rate_is_only_encoded() -> None:
    sound = tone(8000)
    assert Wire(ULAW).speak(sound, 8000) == encode_ulaw(sound)
    sound = tone(24_000)
    assert Wire(PCM16_24K).speak(sound, 24_000) == sound.tobytes()


@pytest.mark.parametrize(
    ("form", "rate"), [(ULAW, 24_000), (ALAW, 24_000), (PCM16_24K, 8000), (PCM16_24K, 48_000)]
)
def test_sound_of_another_rate_is_resampled_without_seams(form: AudioFormat, rate: int) -> None:
    heard = decode(Wire(form).speak(tone(rate), rate), form.type).astype(float)
    wanted = tone(form.sample_rate).astype(float)
    size = min(heard.size, wanted.size)
    assert size >= 0.9 * wanted.size
    error = heard[100 : size - 100] - wanted[100 : size - 100]
    assert np.sqrt(np.mean(error**2)) < 0.03 * 8000


def test_a_format_that_changes_is_taken_up() -> None:
    wire = Wire(ULAW)
    wire.speak(tone(24_000), 24_000)
    wire._link.input_format = ALAW
    heard = decode(wire.speak(tone(24_000), 24_000), "audio/pcma").astype(float)
    assert abs(np.abs(heard[500:]).max() - 8000) < 400
    assert Telephone(ULAW, 8000).fits(ULAW, 8000)
    assert not Telephone(ULAW, 8000).fits(ALAW, 8000)


def test_what_gives_way_to_a_said_sound_is_counted_in_time() -> None:
    wire = Wire(ULAW)
    wire.saying = True
    wire.append_audio(bytes(1600), rate=8000)
    wire.append_audio(bytes(4800))
    assert (wire.sent, wire.displaced_ms) == ([], 200.0)
