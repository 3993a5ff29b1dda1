"""A session that hears and speaks, and a page that plays: both without socket, sound or clock."""

from __future__ import annotations

from typing import Any

from rtwidgets.errors import SessionClosed
from rtwidgets.protocol.config import SessionConfig
from rtwidgets.protocol.work import Respond
from rtwidgets.session.events.notices import Interrupted, SessionEnded
from rtwidgets.session.settings.flat import session_config
from rtwidgets.session.turns.telephone import Telephone
from rtwidgets.widgets.speaker import Speaker
from tests.widgets.talk import Talk


class VoiceTalk(Talk):
    """``Talk`` with the commands that sound needs; the server core gets every one of them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self.commands: list[Any] = []
        """What was asked of the server, in order, without the frames."""
        if settings:
            self.update(**settings)
            self.commands.clear()

    def _do(self, name: str, *args: Any) -> None:
        if self.closed:
            raise SessionClosed("the session is over")
        getattr(self.client, name)(*args)
        if name != "append_audio":
            self.commands.append((name, *args))
        self.pair.settle()

    def update(self, **settings: Any) -> SessionConfig:
        config = session_config(settings, current=self.conversation.session)
        self._do("update_session", config)
        return self.conversation.session

    def append_audio(self, data: bytes, *, rate: int = 24000) -> None:
        if rate != self.input_rate or rate == 8000:
            form = self.pair.server.input_format
            data = Telephone(form, rate)(data)
        self._do("append_audio", data)

    def commit_audio(self) -> None:
        self._do("commit_audio")

    def clear_audio(self) -> None:
        self._do("clear_audio")

    def create_response(self) -> None:
        self._do("create_response")

    def cancel_response(self, response_id: str | None = None) -> None:
        self._do("cancel_response", response_id)

    def truncate_item(self, item_id: str, audio_end_ms: int) -> None:
        self._do("truncate_item", item_id, audio_end_ms)

    def interrupt(self) -> None:
        self.interrupts += 1
        active = self.conversation.active_response
        if active is not None:
            self.cancel_response(active.id)
        self._publish(Interrupted(response_id=None if active is None else active.id))

    def end(self) -> None:
        """The connection is lost."""
        self.closed = True
        self._publish(SessionEnded(reason="test", expected=False))

    # -- the server's side

    def ask(self) -> Respond:
        """The user typed something; the response that the engine is asked for."""
        self.say("hello")
        return self.pair.take(Respond)

    def sound(self, response_id: str, data: bytes) -> None:
        """The engine made more sound."""
        self.pair.server.audio_delta(response_id, data)
        self.pair.settle()

    def finish(self, response_id: str) -> None:
        """The engine is done."""
        self.pair.server.finished(response_id)
        self.pair.settle()

    @property
    def came(self) -> bytes:
        """The sound that the server got since the last look."""
        return bytes(self.pair.server.take_audio())


class Browser:
    """One page with a speaker: what it is sent is played when ``play`` lets time pass."""

    def __init__(self, speaker: Speaker, page: str = "p1") -> None:
        self.speaker = speaker
        self.page = page
        self.sent: list[tuple[float, dict[str, Any], bytes]] = []
        """Audio messages with their time."""
        self.stops = 0
        self.waiting: list[list[Any]] = []
        self.played = b""
        self.gen = 0
        self.deaf = False
        """Gone without a goodbye: nothing arrives, nothing is said."""
        self._counts: dict[str, dict[str, Any]] = {}
        self._item = ""
        self._seq = -1
        self._send = speaker.comm.publish_msg
        speaker.comm.publish_msg = self._take
        self.say("hello")

    def say(self, kind: str, **fields: Any) -> None:
        """A message to the kernel, and what follows from it at once."""
        if self.deaf:
            return
        content = {"kind": kind, "page": self.page, **fields}
        data = {"method": "custom", "content": content}
        self.speaker._handle_msg({"content": {"data": data}, "buffers": []})
        self.talk.advance()

    @property
    def talk(self) -> Any:
        return self.speaker.session

    def play(self, seconds: float, rate: int = 24000, step_s: float = 0.1) -> None:
        """Let time pass: sound comes, is played, and each 0.1 s it is reported."""
        for _ in range(round(seconds / step_s)):
            self.talk.advance(step_s)
            room = round(step_s * rate)
            while room and self.waiting:
                item_id, data = self.waiting[0]
                taken, rest = data[: 2 * room], data[2 * room :]
                self.played += taken
                self._count(item_id)["played"] += len(taken) // 2
                self._item = item_id
                room -= len(taken) // 2
                self.waiting[0][1] = rest
                if not rest:
                    self.waiting.pop(0)
            if self._counts:
                self._report("played", waiting=sum(len(d) // 2 for _, d in self.waiting))
        self.talk.advance()

    def silence(self, gen: int, latency_s: float = 0.0) -> None:
        """Empty at once, as the worklet does, and answer."""
        self.gen = max(self.gen, gen)
        for item_id, data in self.waiting:
            self._count(item_id)["dropped"] += len(data) // 2
        self.waiting.clear()
        self._report("stopped", item_id=self._item, latency_s=latency_s)

    latency_s = 0.0
    pushed = 0
    """How often something in a hurry was sent."""

    def _take(self, msg_type: str, data: Any = None, *args: Any, **kwargs: Any) -> None:
        content = data.get("content", {}) if isinstance(data, dict) else {}
        self.pushed += content.get("kind") == "line" and "page" not in content
        if content.get("page") == self.page and not self.deaf:
            self._obey(content, [bytes(b) for b in kwargs.get("buffers") or ()])
        self._send(msg_type, data, *args, **kwargs)

    def _obey(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        if message["kind"] == "ping":
            self.speaker.session.later(0.01, lambda: self.say("alive"))
            self.speaker.session.later(0.01, lambda: self._catch_up(**message))
        elif message["kind"] == "stop":
            self.stops += 1
            gen = message["gen"]
            self.speaker.session.later(0.01, lambda: self.silence(gen, self.latency_s))
        else:
            self._hear(message, buffers[0])

    def _catch_up(self, *, seq: int, since: int, **_: Any) -> None:
        here = {message["seq"] for _, message, _ in self.sent}
        if since < seq:
            missing = [number for number in range(since, seq) if number not in here]
            self.say("ack", seq=seq - 1, missing=missing)

    def _hear(self, message: dict[str, Any], data: bytes) -> None:
        self.sent.append((self.talk.now, message, data))
        count = self._count(message["item_id"])
        count["received"] += len(data) // 2
        if message["gen"] < self.gen:
            count["dropped"] += len(data) // 2
        else:
            self.waiting.append([message["item_id"], data])

    def _count(self, item_id: str) -> dict[str, Any]:
        empty = {"item_id": item_id, "received": 0, "played": 0, "dropped": 0}
        return self._counts.setdefault(item_id, empty)

    def _report(self, kind: str, **fields: Any) -> None:
        items, self._counts = list(self._counts.values()), {}
        self.say(kind, gen=self.gen, items=items, underruns=0, **fields)
