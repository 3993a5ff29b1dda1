"""Talks whose every event and time is written down, as a log of events."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np

from rtwidgets.audio import encode
from rtwidgets.protocol.dialects import GA
from rtwidgets.session.events.wire_event import WireEvent
from rtwidgets.session.records.account import account
from rtwidgets.session.records.record import Record
from rtwidgets.session.records.recorder import Recorder

RATE = 24_000


def tone(seconds: float, level: int = 8000, rate: int = RATE) -> Any:
    """Samples that are loud from their first to their last."""
    t = np.arange(int(seconds * rate)) / rate
    return (level * np.sign(np.sin(2 * np.pi * 300 * t + 0.1))).astype(np.int16)


def voice(seconds: float) -> Any:
    """Something that swells and fades like syllables, which the energy detector believes."""
    t = np.arange(int(seconds * RATE)) / RATE
    return (np.sin(2 * np.pi * 220 * t) * 8000 * np.sin(2 * np.pi * 2.5 * t) ** 2).astype(np.int16)


def silence(seconds: float, rate: int = RATE) -> Any:
    return np.zeros(int(seconds * rate), np.int16)


class Log(list[WireEvent]):
    """A log that one writes by hand; times in ms."""

    def __init__(self, form: str = "audio/pcm") -> None:
        super().__init__()
        self.form = form
        self.rate = RATE if form == "audio/pcm" else 8_000
        sound = {"format": {"type": form} | ({"rate": RATE} if form == "audio/pcm" else {})}
        audio = {"input": {**sound, "turn_detection": {"type": "server_vad"}}, "output": sound}
        session = {"type": "realtime", "model": "gpt-realtime", "audio": audio}
        self.got(0, "session.created", session=session)

    def got(self, at_ms: float, type: str, **fields: Any) -> None:
        raw = json.dumps({"type": type, "event_id": f"e{len(self)}", **fields}).encode()
        self.append(WireEvent(False, at_ms, len(raw), raw))

    def send(self, at_ms: float, type: str, **fields: Any) -> None:
        raw = json.dumps({"type": type, "event_id": f"c{len(self)}", **fields}).encode()
        self.append(WireEvent(True, at_ms, len(raw), raw))

    def mic(self, end_ms: float, samples: Any, *, at_once: bool = False) -> None:
        """Sound in frames of 40 ms, the last one sent at ``end_ms``."""
        size = self.rate * 40 // 1000
        frames = [samples[i : i + size] for i in range(0, len(samples), size)]
        for n, frame in enumerate(frames, 1):
            at = end_ms if at_once else end_ms - (len(frames) - n) * 40
            audio = base64.b64encode(encode(frame, self.form)).decode()
            self.send(at, "input_audio_buffer.append", audio=audio)

    def user(self, at_ms: float, item_id: str, words: str | None = None) -> None:
        part = {"type": "input_text", "text": words}
        if words is None:
            part = {"type": "input_audio", "transcript": None}
        item = {"id": item_id, "type": "message", "role": "user", "content": [part]}
        self.got(at_ms, "conversation.item.added", item={**item, "status": "completed"})

    def spoken(self, at_ms: float, item_id: str, start: float, end: float, words: str) -> None:
        self.got(at_ms, "input_audio_buffer.speech_started", audio_start_ms=start, item_id=item_id)
        self.got(at_ms, "input_audio_buffer.speech_stopped", audio_end_ms=end, item_id=item_id)
        self.got(at_ms, "input_audio_buffer.committed", item_id=item_id)
        self.user(at_ms, item_id)
        name = "conversation.item.input_audio_transcription.completed"
        usage = {"type": "duration", "seconds": 1.0}
        fields = {"item_id": item_id, "content_index": 0, "transcript": words, "usage": usage}
        self.got(at_ms, name, **fields)

    def begin(self, at_ms: float, response_id: str) -> None:
        response = {"id": response_id, "status": "in_progress", "output": []}
        self.got(at_ms, "response.created", response={**response, "conversation_id": "c"})

    def says(
        self, at_ms: float, response_id: str, item_id: str, words: str, samples: Any = None
    ) -> None:
        """An answer's item: words, and sound that arrives at once."""
        item = {"id": item_id, "type": "message", "role": "assistant", "content": []}
        where = {"response_id": response_id, "item_id": item_id, "output_index": 0}
        part = {**where, "content_index": 0}
        self.got(
            at_ms, "response.output_item.added", response_id=response_id, output_index=0, item=item
        )
        self.got(at_ms, "conversation.item.added", item={**item, "status": "in_progress"})
        if samples is None:
            self.got(at_ms, "response.output_text.delta", **part, delta=words)
            return
        self.got(at_ms, "response.output_audio_transcript.delta", **part, delta=words)
        for i in range(0, len(samples), self.rate // 5):
            data = encode(samples[i : i + self.rate // 5], self.form)
            delta = base64.b64encode(data).decode()
            self.got(at_ms, "response.output_audio.delta", **part, delta=delta)

    def end(self, at_ms: float, response_id: str, status: str = "completed", **more: Any) -> None:
        usage = {"total_tokens": 30, "input_tokens": 10, "output_tokens": 20}
        response = {"id": response_id, "status": status, "output": [], "conversation_id": "c"}
        self.got(at_ms, "response.done", response={**response, "usage": usage, **more})

    def recorder(self, dialect: Any = GA, ends: Any = ()) -> Recorder:
        recorder = Recorder(dialect, ends)
        for event in self:
            recorder.take(event)
        return recorder

    def record(self, ends: Any = (), **known: Any) -> Record:
        facts = {"name": "a test", "model": "gpt-realtime", "free": True, **known}
        return account(self.recorder(ends=ends), **facts)


def barge_in() -> Log:
    """You speak for 1 s, the answer of 4 s is cut after 1.2 s, and you type a question."""
    log = Log()
    log.mic(1_000, tone(1.0))
    log.mic(1_400, silence(0.4))
    log.spoken(1_410, "u1", 0, 1_400, "tell me a story")
    log.begin(1_500, "r1")
    log.says(1_600, "r1", "a1", "once upon a time there was a king", tone(4.0))
    log.end(1_700, "r1")
    log.got(2_800, "conversation.item.truncated", item_id="a1", content_index=0, audio_end_ms=1_200)
    log.send(3_000, "response.create")
    log.user(3_000, "u2", "and then?")
    log.begin(3_100, "r2")
    log.says(3_200, "r2", "a2", "he slept", tone(1.0))
    log.end(3_300, "r2")
    return log
