"""The answering half of the server core: which responses run, on what context, to what end.

Theory of operation. A response is announced at once. Its work is handed out as soon as every
spoken item that it reads has its words and every MCP server has answered, which may be later.
From then on the engine's results are fed in; a result for a response that is no longer in
progress is dropped here, and nowhere else needs that guard. At most one response writes to the
conversation; those outside it (``conversation: "none"``) run beside it, and what only they read
or made is forgotten with them. What a request means is in ``request.py``, what fits into a
context in ``context.py``.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from ..errors import RemoteProtocolError
from . import events
from .accounting import Accountant
from .config import AnyTool
from .context import ContextTooLong, Window
from .conversation import Conversation
from .dialects import Dialect
from .editor import Editor
from .items import (
    InputTokenDetails,
    Item,
    ItemReference,
    Message,
    PromptItem,
    ResponseError,
    ResponseStatus,
    StatusDetails,
    Usage,
)
from .listener import Listener
from .mcp_context import prompt_items
from .mcp_items import McpCall, McpError
from .mcp_rules import Remote
from .mcp_servers import McpServers
from .request import announced, asked
from .response_config import ResponseConfig
from .response_stream import Emit, ResponseStream
from .sounds import Sounds
from .spoken_context import with_words, without_pictures
from .transcripts import Transcripts
from .work import CallTool, Cancel, Respond, Work

__all__ = ["RATE_LIMITS", "Responder"]

#: What ``rate_limits.updated`` reports: the limits of a big account, of which nothing is ever
#: used up, because nothing is limited here.
RATE_LIMITS = {"requests": 20_000, "tokens": 15_000_000}


class _Running(Struct):
    """A response in progress: its stream, what it reads, and the work once handed out."""

    stream: ResponseStream
    work: Respond
    config: ResponseConfig
    items: tuple[Item, ...]
    tools: tuple[AnyTool, ...]
    private: tuple[str, ...] = ()
    """Items that nobody but this response reads."""
    read: InputTokenDetails | None = None
    """Known once the context is made."""
    remotes: dict[str, Remote] = {}
    """What MCP servers offer, by the name that the model calls."""
    handed_out: bool = False
    ending: tuple[ResponseStatus, StatusDetails | None] | None = None
    """How it ends once its calls of MCP servers have returned."""


class Responder:
    """Creates responses, feeds engine results into them and ends each exactly once.

    Args:
        sees: whether the language model can look at pictures.
    """

    def __init__(
        self,
        *,
        dialect: Dialect,
        conversation: Conversation,
        sounds: Sounds,
        transcripts: Transcripts,
        listener: Listener,
        editor: Editor,
        accountant: Accountant,
        window: Window,
        mcp: McpServers,
        emit: Emit,
        ask: Callable[[Work], None],
        new_id: Callable[[str], str],
        voices: tuple[str, ...],
        sees: bool,
    ) -> None:
        self.conversation_id = new_id("conv")
        self._dialect = dialect
        self._conversation = conversation
        self._sounds = sounds
        self._transcripts = transcripts
        self._listener = listener
        self._editor = editor
        self._accountant = accountant
        self._window = window
        self._mcp = mcp
        self._emit = emit
        self._ask = ask
        self._new_id = new_id
        self._voices = voices
        self._sees = sees
        self._running: dict[str, _Running] = {}

    @property
    def active_id(self) -> str | None:
        """The response that writes to the conversation, if one is in progress."""
        for running in self._running.values():
            if running.stream.in_conversation:
                return running.stream.id
        return None

    @property
    def voice_locked(self) -> bool:
        """Whether the conversation holds assistant sound, which freezes the voice."""
        return any(
            isinstance(item, Message) and item.role == "assistant" and str(item.id) in self._sounds
            for item in self._conversation.items
        )

    def create(self, config: ResponseConfig) -> None:
        """Begin a response.

        Raises:
            RemoteProtocolError: another one is active, or a parameter does not fit the state.
        """
        session = self._conversation.session
        if session.type == "transcription":
            raise RemoteProtocolError(
                "Creating a response in a transcription session is not allowed.",
                code="invalid_value",
                param="type",
            )
        in_conversation = config.conversation != "none"
        active = self.active_id
        if in_conversation and active is not None:
            raise RemoteProtocolError(
                "Conversation already has an active response in progress: "
                f"{active}. Wait until the response is finished before creating a new one.",
                code="conversation_already_has_active_response",
            )
        items, private = self._context(config)
        tools = self._mcp.session_tools
        if isinstance(config.tools, tuple):
            tools = self._mcp.own(config.tools, "response.tools")
        work = asked(
            self._new_id("resp"),
            config,
            session,
            (),
            voices=self._voices,
            voice_locked=self.voice_locked,
        )
        # From here on nothing is refused, so the state may change.
        items = tuple(
            self._listener.listen_to(item)
            if isinstance(item, Message) and item.id in private
            else item
            for item in items
        )
        conversation_id = self.conversation_id if in_conversation else None
        stream = ResponseStream(
            announced(work, config, session, conversation_id=conversation_id),
            modality=work.modality,
            format=work.format,
            sounds=self._sounds,
            emit=self._emit,
            new_id=self._new_id,
            last_item_id=lambda: self._conversation.last_item_id,
        )
        self._running[work.response_id] = _Running(stream, work, config, items, tools, private)
        if in_conversation:
            self._listener.answer_began()
        stream.open()
        self._tell_limits(events.ResponseCreated)
        self._mcp.list_tools(tools, again=False)
        self.hand_out()

    def hand_out(self) -> None:
        """Give the shell each response whose context is written down and whose tools are known."""
        for running in tuple(self._running.values()):
            if running.handed_out or self._mcp.waits(running.tools, running.items):
                continue
            if running.read is None and not self._read(running):
                continue
            unwritten = self._transcripts.unwritten
            if unwritten and any(item.id in unwritten for item in running.work.items):
                continue
            running.handed_out = True
            items = tuple(map(self._readable, running.work.items))
            self._ask(msgspec.structs.replace(running.work, items=items))

    def _read(self, running: _Running) -> bool:
        """Make a response's context; one that does not fit fails it."""
        work, running.remotes = self._mcp.equip(running.work, running.tools)
        items = prompt_items(map(self._current, running.items))
        try:
            items = self._window.fit(
                items,
                self._conversation.session,
                max_output_tokens=work.max_output_tokens,
                fixed=self._accountant.fixed(work.instructions, work.tools),
                tokens=self._accountant.size,
                remember=not isinstance(running.config.input, tuple),
            )
        except ContextTooLong as error:
            trouble = ResponseError(
                type="invalid_request_error", code="context_length_exceeded", message=str(error)
            )
            self.fail(work.response_id, trouble)
            return False
        running.work = msgspec.structs.replace(work, items=items)
        running.read = self._accountant.read(
            instructions=work.instructions, tools=work.tools, items=items
        )
        return True

    def call(self, response_id: str, name: str, arguments: str) -> None:
        """The model calls a function: the client makes it, or the MCP server whose it is."""
        running = self._running.get(response_id)
        if running is None:
            return
        stream, remote = running.stream, running.remotes.get(name)
        if remote is None:
            stream.add_call(name, arguments)
            return
        label, tool = remote.server.server_label, remote.tool.name
        if remote.asks:
            item_id, index = stream.add_consent_request(label, tool, arguments)
            self._mcp.ask_consent(item_id, remote, arguments, index)
            return
        item_id = stream.begin_mcp_call(label, tool, arguments)
        self._ask(
            CallTool(
                item_id=item_id,
                server=remote.server,
                name=tool,
                arguments=arguments,
                response_id=response_id,
            )
        )

    def called(self, item_id: str, output: str | None, error: McpError | None) -> None:
        """A call of an MCP server returned; one that no response waits for is dropped."""
        if self._mcp.called(item_id, output, error):
            return
        for running in tuple(self._running.values()):
            if running.stream.end_mcp_call(item_id, output=output, error=error):
                if running.ending is not None and not running.stream.calling:
                    self.end(running.stream.id, *running.ending)
                return

    def stream(self, response_id: str) -> ResponseStream | None:
        """The stream that a result belongs to; ``None`` where it comes too late."""
        running = self._running.get(response_id)
        return running.stream if running else None

    def finish(
        self,
        response_id: str,
        status: ResponseStatus,
        details: StatusDetails | None = None,
    ) -> None:
        """End a response that the model has made, once its calls have returned."""
        running = self._running.get(response_id)
        if running is not None and running.stream.calling:
            running.ending = (status, details)
        else:
            self.end(response_id, status, details)

    def end(
        self,
        response_id: str,
        status: ResponseStatus,
        details: StatusDetails | None = None,
    ) -> None:
        """End a response that is in progress; a late call changes nothing."""
        running = self._running.pop(response_id, None)
        if running is None:
            return
        stream = running.stream
        usage, read = Usage(), running.read
        ran = running.handed_out and not (stream.empty and status in ("cancelled", "failed"))
        if ran and read is not None:
            usage = self._accountant.usage(read, text=stream.text, sound_ms=stream.sound_ms)
        stream.close(status, usage=usage, details=details)
        private = running.private
        if stream.in_conversation:
            self._listener.answered(stream.sound_ms)
        # Nobody will read what was made beside the conversation, or deleted while it was made.
        private += tuple(i for i in stream.output_ids if not self._conversation.holds(i))
        for item_id in private:
            self._listener.forget(item_id)
            self._accountant.forget(item_id)
        if usage.total_tokens:
            self._tell_limits(events.ResponseDone)

    def cancel(self, response_id: str | None, reason: str) -> None:
        """Stop a response: the named one, or the active one.

        Raises:
            RemoteProtocolError: it is not in progress.
        """
        target = response_id or self.active_id
        if target is None or target not in self._running:
            raise RemoteProtocolError(
                "Cancellation failed: no active response found",
                code="response_cancel_not_active",
            )
        self._ask(Cancel(response_id=target))
        self.end(target, "cancelled", StatusDetails(type="cancelled", reason=reason))

    def fail(self, response_id: str, error: ResponseError) -> None:
        """End a response that cannot be made."""
        running = self._running.get(response_id)
        if running is not None and running.stream.calling:
            self._ask(Cancel(response_id=response_id))
        self.end(response_id, "failed", StatusDetails(type="failed", error=error))

    def _context(self, config: ResponseConfig) -> tuple[tuple[Item, ...], tuple[str, ...]]:
        """The items that a response reads, and the ids of those that it brought itself."""
        if not isinstance(config.input, tuple):
            return self._conversation.items, ()
        items: list[Item] = []
        private: list[str] = []
        for index, item in enumerate(config.input):
            if isinstance(item, ItemReference):
                known = self._editor.referred(item.id)
                if known is None:
                    raise RemoteProtocolError(
                        f"Item with id '{item.id:.64}' not found.",
                        code="invalid_value",
                        param=f"response.input[{index}].id",
                    )
                items.append(known)
                continue
            self._editor.check_call(item, (*self._conversation.items, *items))
            # Under an id of its own: the client may have copied an item of the conversation.
            private.append(self._new_id("item"))
            items.append(msgspec.structs.replace(item, id=private[-1]))
        return tuple(items), tuple(private)

    def _current(self, item: Item) -> Item:
        """``item``, or its result: a call may have returned since the response was asked for."""
        if not isinstance(item, McpCall):
            return item
        return self._conversation.item(str(item.id)) or item

    def _readable(self, item: PromptItem) -> PromptItem:
        item = with_words(item, self._transcripts.words)
        return item if self._sees else without_pictures(item)

    def _tell_limits(self, after: type) -> None:
        if self._dialect.limits_after is after:
            limits = tuple(
                events.RateLimit(
                    name=name,
                    limit=RATE_LIMITS[name],
                    remaining=RATE_LIMITS[name],
                    reset_seconds=0.0,
                )
                for name in self._dialect.limits
            )
            self._emit(events.RateLimitsUpdated, rate_limits=limits)
