"""Random sessions: a client that says anything, and engines that report anything.

One state machine plays both against a pair of cores. What may be said is drawn from what a
correct client would say, about items that exist and about some that do not, and from frames
that are broken in some place. After each step the rules of ``watch.py`` hold, a frame was
answered by events or by one error and never by both, a refusal has changed nothing, and both
conversations are equal. At the end all that a session holds can be taken from it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest import mock

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from msgspec import UNSET

from rtwidgets.errors import LocalProtocolError
from rtwidgets.protocol import events as on
from rtwidgets.protocol import listener
from rtwidgets.protocol.config import AudioConfig, AudioInput, SessionConfig, TurnDetection
from rtwidgets.protocol.dialects import BETA, GA
from rtwidgets.protocol.items import InputText, Message
from rtwidgets.protocol.mcp_items import ListedTool, McpApprovalRequest, McpHttpError
from rtwidgets.protocol.response_config import ResponseConfig
from rtwidgets.protocol.work import CallTool, ListTools, Respond, Speculate, Transcribe
from tests.pair import Pair
from tests.protocol.random_frames import (
    ASKING,
    FRAMES,
    LISTED,
    TOOL,
    TRUSTED,
    WHISPER,
    WORDS,
    good_events,
    items,
    response_configs,
    session_configs,
    spoil,
)
from tests.protocol.watch import Watch

__all__ = ["RandomSession"]

WINDOW_MS = 32
#: Small limits, so that a short session meets them.
LIMITS: dict[str, Any] = {"MAX_BUFFER_MS": 4000, "IDLE_KEEP_MS": 800}
KEEP_BYTES, CONTEXT_TOKENS = 40_000, 4200


class RandomSession(RuleBasedStateMachine):
    """One session; hypothesis calls its rules in any order."""

    @initialize(
        kind=st.sampled_from(["beta", "ga", "ga with servers"]),
        sees=st.booleans(),
        written=st.booleans(),
    )
    def open(self, kind: str, sees: bool, written: bool) -> None:
        self._patch = mock.patch.multiple(listener, **LIMITS)
        self._patch.start()
        self.dialect = BETA if kind == "beta" else GA
        self.pair = Pair(self.dialect, sees=sees, context_tokens=CONTEXT_TOKENS)
        self.sounds = self.pair.server._listener._sounds
        self.sounds._keep_bytes = KEEP_BYTES
        self.watch = Watch()
        self.work: list[Any] = []
        self.named = 0
        self.seen = 0
        self.unheard_ms = 0.0
        self.follow()
        heard = WHISPER if written else None
        audio = AudioConfig(input=AudioInput(transcription=heard))
        config = SessionConfig(
            audio=audio, tools=(TOOL, TRUSTED, ASKING) if "servers" in kind else UNSET
        )
        self.say(lambda: self.pair.client.update_session(config))
        for work in self.works(ListTools):
            self.pair.server.tools_listed(work.item_id, LISTED)
        self.report()

    def teardown(self) -> None:
        if hasattr(self, "_patch"):
            try:
                self.close()
            finally:
                self._patch.stop()

    # What the client says

    @rule(data=st.data())
    def update(self, data: st.DataObject) -> None:
        config = data.draw(session_configs(ga=self.dialect is GA))
        self.say(lambda: self.pair.client.update_session(config))

    @rule(data=st.data())
    def idle_timeout(self, data: st.DataObject) -> None:
        after = data.draw(st.sampled_from([None, 5000, 4999]))
        detection = TurnDetection(type="server_vad", idle_timeout_ms=after)
        config = SessionConfig(audio=AudioConfig(input=AudioInput(turn_detection=detection)))
        self.say(lambda: self.pair.client.update_session(config))

    @rule(data=st.data())
    def create_item(self, data: st.DataObject) -> None:
        item = data.draw(self.items())
        previous = data.draw(st.sampled_from([UNSET, UNSET, None, "root", *self.some_ids()]))
        self.say(lambda: self.pair.client.create_item(item, previous))

    @rule(data=st.data(), kind=st.sampled_from(["retrieve", "delete"]))
    def touch_item(self, data: st.DataObject, kind: str) -> None:
        item_id = data.draw(st.sampled_from(self.some_ids()))
        command = getattr(self.pair.client, f"{kind}_item")
        self.say(lambda: command(item_id))

    @rule(data=st.data(), end_ms=st.sampled_from([0, 1, 50, 100, 5000]))
    def truncate_item(self, data: st.DataObject, end_ms: int) -> None:
        spoken = [*self.pair.client.conversation.audio_bytes] * 6
        event = on.ConversationItemTruncate(
            event_id="cut",
            item_id=data.draw(st.sampled_from([*spoken, *self.some_ids()])),
            content_index=data.draw(st.sampled_from([0, 0, 0, 1])),
            audio_end_ms=end_ms,
        )
        self.send(self.dialect.encode(event) or "")

    @rule(size=st.integers(0, 9000))
    def append(self, size: int) -> None:
        self.say(lambda: self.pair.client.append_audio(bytes(size)), silent=True)
        self.judge(0.0)

    @rule(speech=st.sampled_from([0, 1, 6, 20]), silence=st.sampled_from([0, 1, 6, 20, 70, 170]))
    def sound(self, speech: int, silence: int) -> None:
        step = self.pair.server.input_format.byte_count(WINDOW_MS)
        for probability in (*[0.9] * speech, *[0.02] * silence):
            refused = self.say(lambda: self.pair.client.append_audio(bytes(step)), silent=True)
            self.judge(probability)
            if refused:  # the buffer is full, and stays so
                return

    @rule(command=st.sampled_from(["commit_audio", "clear_audio"]))
    def buffer(self, command: str) -> None:
        self.say(getattr(self.pair.client, command))
        self.unheard_ms = 0.0

    @rule(data=st.data())
    def create_response(self, data: st.DataObject) -> None:
        config = data.draw(st.none() | self.requests())
        self.say(lambda: self.pair.client.create_response(config))

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        response_id = data.draw(st.sampled_from([None, "nobody", *self.watch.open]))
        self.say(lambda: self.pair.client.cancel_response(response_id))

    @rule(frame=FRAMES)
    def noise(self, frame: str | bytes) -> None:
        self.send(frame)

    @rule(data=st.data())
    def broken_frame(self, data: st.DataObject) -> None:
        session = self.pair.client.conversation.session
        event = data.draw(st.sampled_from(good_events(session, data.draw(self.items()))))
        raw = json.loads(self.dialect.encode(event) or "")
        for _ in range(data.draw(st.integers(1, 2))):
            spoil(raw, data)
        try:
            frame = json.dumps(raw)
        except ValueError:  # a loop cannot come from JSON
            return
        self.send(frame, silent=True)
        self.pair.server.take_audio()
        self.unheard_ms = 0.0

    # What the engines say

    @precondition(lambda self: self.works(Respond))
    @rule(data=st.data(), words=WORDS, size=st.integers(0, 40))
    def answer(self, data: st.DataObject, words: str, size: int) -> None:
        work = data.draw(st.sampled_from(self.works(Respond)))
        self.pair.server.text_delta(work.response_id, words)
        if work.modality == "audio":
            sound = bytes(size * 100 * work.format.bytes_per_sample)
            self.pair.server.audio_delta(work.response_id, sound)
        self.report()

    @precondition(lambda self: self.works(Respond))
    @rule(data=st.data(), arguments=st.sampled_from(["{}", '{"city":"Porto"}']))
    def call(self, data: st.DataObject, arguments: str) -> None:
        work = data.draw(st.sampled_from(self.works(Respond)))
        names = [tool.name for tool in work.tools] or ["weather"]
        self.pair.server.tool_call(work.response_id, data.draw(st.sampled_from(names)), arguments)
        self.report()

    @precondition(lambda self: self.works(ListTools))
    @rule(data=st.data(), tools=st.sampled_from([None, (), LISTED, LISTED]))
    def list_tools(self, data: st.DataObject, tools: tuple[ListedTool, ...] | None) -> None:
        item_id = data.draw(st.sampled_from(self.works(ListTools))).item_id
        if tools is None:
            self.pair.server.tools_not_listed(item_id, "nobody is there")
        else:
            self.pair.server.tools_listed(item_id, tools)
        self.report(allowed="mcp_list_tools_failed")

    @precondition(lambda self: self.works(CallTool))
    @rule(data=st.data(), works=st.booleans())
    def return_call(self, data: st.DataObject, works: bool) -> None:
        item_id = data.draw(st.sampled_from(self.works(CallTool))).item_id
        if works:
            self.pair.server.tool_returned(item_id, "dry")
        else:
            self.pair.server.tool_failed(item_id, McpHttpError(code=502, message="gone"))
        self.report()

    @precondition(lambda self: self.works(Respond))
    @rule(data=st.data(), how=st.sampled_from(["finished", "incomplete", "failed"]))
    def end(self, data: st.DataObject, how: str) -> None:
        work = data.draw(st.sampled_from(self.works(Respond)))
        if how == "failed":
            self.pair.server.failed(work.response_id, "out of memory")
        else:
            self.pair.server.finished(work.response_id, incomplete=how == "incomplete")
        self.report()

    @precondition(lambda self: self.works(Transcribe, Speculate))
    @rule(data=st.data(), words=WORDS, how=st.sampled_from(["delta", "done", "done", "failed"]))
    def write_down(self, data: st.DataObject, words: str, how: str) -> None:
        item_id = data.draw(st.sampled_from(self.works(Transcribe, Speculate))).item_id
        if how == "delta":
            self.pair.server.transcription_delta(item_id, words)
        elif how == "done":
            self.pair.server.transcribed(item_id, words, 1.0)
        else:
            self.pair.server.transcription_failed(item_id, "too noisy")
        self.report()

    @precondition(lambda self: self.pair.server.awaits_words)
    @rule(words=WORDS)
    def judge_words(self, words: str) -> None:
        self.pair.server.heard_words(str(self.pair.server.awaits_words), words)
        self.report()

    # Around the rules

    def items(self) -> st.SearchStrategy[Any]:
        """Items that a client may write, under ids of its own, of others, or none."""
        self.named += 1
        known = self.pair.client.conversation.items
        calls = [str(item.call_id) for item in known if hasattr(item, "call_id")]
        asked = [str(item.id) for item in known if isinstance(item, McpApprovalRequest)]
        own = [f"mine_{self.named}", *self.some_ids()]
        return items(own, [*calls, "nobody"], [*asked, "nobody"], ga=self.dialect is GA)

    def requests(self) -> st.SearchStrategy[ResponseConfig]:
        """Parameters that a client may give a response."""
        return response_configs(self.items(), self.some_ids(), ga=self.dialect is GA)

    def some_ids(self) -> list[str]:
        """Ids of items that are, that are only in a response, and that never were."""
        state = self.pair.client.conversation
        inside = [str(item.id) for item in state.items]
        outside = [str(item.id) for r in state.responses.values() for item in r.output]
        return [*(inside * 3), *outside[-2:], "nobody", ""]

    def works(self, *kinds: type) -> list[Any]:
        """What was asked of the engines, also what is over since; what is not comes first."""
        live = {*self.pair.server._responder._running, *self.pair.server._transcripts.unwritten}
        found = [work for work in self.work if isinstance(work, kinds)]
        return [work for work in found if _about(work) in live] * 4 + found

    def judge(self, speech: float) -> None:
        """Hear what was appended, window by window, as a shell does."""
        server = self.pair.server
        new = server.take_audio()
        self.unheard_ms += server.input_format.duration_ms(len(new))
        while self.unheard_ms >= WINDOW_MS and server.detects_turns:
            self.unheard_ms -= WINDOW_MS
            server.heard(speech, WINDOW_MS)
            self.report()
        if not server.detects_turns:
            self.unheard_ms = 0.0

    def say(self, command: Callable[[], Any], *, silent: bool = False) -> bool:
        """A command of our client, which refuses a few by itself; whether it was refused."""
        try:
            command()
        except LocalProtocolError:
            return True
        return any(self.send(text, silent=silent) for text in self.pair.client.take_text())

    def send(self, frame: str | bytes, *, silent: bool = False) -> bool:
        """A frame: answered, or refused with one error that changes nothing."""
        server = self.pair.server
        before = server.conversation._state()
        asked = len(self.pair.work)
        answer = self.pair.send(frame)
        refusals = [event for event in answer if isinstance(event, on.Error)]
        assert refusals in ([], answer), "an error stands alone"
        assert len(refusals) <= 1, "one error for one frame"
        assert answer or silent, "only an append goes without an answer"
        if refusals:
            assert server.conversation._state() == before, "a refusal changed something"
            assert len(self.pair.work) == asked, "a refusal made work"
            assert refusals[0].error.event_id == _event_id(frame)
        self.follow()
        return bool(refusals)

    def report(self, *, allowed: str | None = None) -> None:
        """What an engine's result makes: no error but the one that is ``allowed``."""
        errors = [event for event in self.pair.settle() if isinstance(event, on.Error)]
        assert all(event.error.code == allowed for event in errors)
        self.follow()

    def follow(self) -> None:
        """Read what was said since the last time, and look at what is held."""
        for event in self.pair.events[self.seen :]:
            self.watch.see(event)
        self.seen = len(self.pair.events)
        self.work = (self.work + self.pair.work)[-12:]
        self.pair.work.clear()
        server = self.pair.server
        assert server.take_events() == []
        assert self.pair.client.conversation.oddities == 0
        assert server.conversation.oddities == 0
        assert server._listener.buffer.duration_ms <= LIMITS["MAX_BUFFER_MS"]
        newest = max((len(s.data or b"") for s in self.sounds._sounds.values()), default=0)
        assert self.sounds._held == sum(len(s.data or b"") for s in self.sounds._sounds.values())
        assert self.sounds._held <= max(KEEP_BYTES, newest)
        assert set(server._responder._running) == set(self.watch.open)

    def close(self) -> None:
        """End everything and take everything away: nothing is left but the past."""
        server, client = self.pair.server, self.pair.client
        for response_id in list(self.watch.open):
            self.say(partial(client.cancel_response, response_id))
        assert self.watch.open == {}
        assert client.conversation.active_response is None
        assert {r.status for r in client.conversation.responses.values()} <= {
            "completed",
            "cancelled",
            "failed",
            "incomplete",
        }
        self.say(client.clear_audio)
        for item in client.conversation.items:
            self.say(partial(client.delete_item, str(item.id)))
        assert client.conversation.items == ()
        assert client.conversation.audio_bytes.keys() <= self.watch._item_ids
        transcripts = server._transcripts
        assert self.sounds._sounds == {}, "sound of items that are gone"
        assert transcripts.words == {}, "words of items that are gone"
        assert transcripts.unwritten == set()
        assert transcripts._shown == {}
        self.say(lambda: client.create_item(Message(role="user", content=(InputText(text="?"),))))
        assert len(client.conversation.items) == 1, "the session is still open"


def _about(work: Any) -> str:
    return str(work.response_id if isinstance(work, Respond) else work.item_id)


def _event_id(frame: str | bytes) -> str | None:
    """The id that an error about this frame has to repeat."""
    try:
        raw = json.loads(frame)
        json.dumps(raw, ensure_ascii=False).encode()  # half a character is no JSON for us
    except (ValueError, RecursionError):
        return None
    event_id = raw.get("event_id") if isinstance(raw, dict) else None
    return event_id if isinstance(event_id, str) and event_id and len(event_id) <= 512 else None
