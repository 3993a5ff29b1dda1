"""From a response with calls to the answer that follows.

Theory of operation
===================

A response that ends with calls of our tools begins a *round*::

    response.done ─► all calls run, in parallel ─► outputs, in the order of the calls
                                                └► one response.create, with the next answer
                                                   or the next round

The rounds that follow one another are an ``Errand``. Its follow-up goes through the one queue
for ``response.create``: a turn keeps its place there until its last answer, so nothing of
another turn comes between. Where somebody else's response begins after the outputs went out
(the user spoke), it has seen them, and takes the place of the follow-up.

Whoever interrupts stops the follow-up, not the functions: the outputs still go into the
conversation, because a call without an output would confuse every later answer. A response
that was cut off has its calls answered with that fact; they do not run.

A tool that is not blocking is answered with "started" at once. Its result comes later, as a
message of the system with a response of its own, when nothing else is going on.

Calls of tools that the user gave as data, and of responses outside the conversation, are left
to the user. An errand has a limit of rounds; beyond it calls are refused and the model is
asked for an answer without tools.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, structs

from ...errors import ToolError
from ...protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputText,
    ItemReference,
    Message,
    Response,
)
from ...protocol.response_config import ResponseConfig
from ..connecting.secrets import scrub
from ..events.notices import ToolFinished
from ..events.subscribers import logger
from ..ids import new_id
from ..settings.flat import nearest
from ..turns.requests import Request
from . import workers
from .approvals import Approvals, Denied
from .calls import ToolCall, error_text
from .function import FunctionTool
from .result import as_text
from .toolbox import Toolbox

if TYPE_CHECKING:
    from ..link import Link
    from ..turns.turn import Turn

__all__ = ["Errand", "Rounds"]

#: An exception's message is told up to here, in characters.
LONGEST_MESSAGE = 1000
STARTED = {"status": "started", "note": "the result will follow as a message of the system"}


class Errand:
    """Rounds of calls that follow one another until the model has its answer."""

    def __init__(self, turn: Turn | None, config: ResponseConfig | None) -> None:
        self.turn = turn
        self.config = config or ResponseConfig()
        """What the user asked of the first response; holds for the others too."""
        self.round = 0
        self.interrupted = False
        self.request: Request | None = None
        """The follow-up that waits for its place."""
        self.seen: list[str] = []
        """Items that answers after the first need, where the first had an input of its own."""


class Rounds:
    """All calls of a session; on the loop thread."""

    def __init__(self, link: Link) -> None:
        self.box = Toolbox(link.update_soon, link.later)
        self.approvals = Approvals(link.subscribers, link.conversation)
        self._link = link
        self._active: list[Errand] = []
        self._expected: dict[str, Errand] = {}  # response id -> whose follow-up it is
        self._late: set[ToolCall] = set()

    @property
    def busy(self) -> bool:
        """An answer waits for a function."""
        return bool(self._active)

    # Told by the link.

    def began(self, request: Request, response: Response) -> None:
        """A response of ours began; it may be a follow-up."""
        if request.errand is not None:
            self._expected[response.id] = request.errand
            self._leave(request.errand)

    def adopt(self, response: Response) -> Turn | None:
        """Somebody else's response began: after our outputs, it takes the follow-up's place."""
        for errand in tuple(self._active):
            request = errand.request
            if request is None or request.event_id is not None:
                continue
            self._leave(errand)
            self._expected[response.id] = errand
            if errand.turn is None:
                self._link.queue.release(request)
            else:
                request.response_id = response.id
                return errand.turn
        return None

    def ended(self, response: Response, turn: Turn | None) -> None:
        """A response ended: answer its calls."""
        errand = self._expected.pop(response.id, None)
        found = [
            item
            for item in response.output
            if isinstance(item, FunctionCall) and item.call_id is not UNSET
            and item.status not in ("incomplete", "in_progress")
        ]  # fmt: skip
        if not found:
            return
        if errand is None:
            request = None if turn is None else turn.request
            errand = Errand(turn, None if request is None else request.config)
        calls = [ToolCall(str(item.call_id), item.name, item.arguments) for item in found]
        if turn is not None:
            turn.tool_calls = (*turn.tool_calls, *calls)
        inside = self._in_conversation(found)
        mine = [call for call in calls if inside and self._is_mine(call, errand)]
        for call in calls:
            if call not in mine:
                call.end("yours", None)
        if not mine:
            return
        errand.round += 1
        errand.seen += [str(item.id) for item in found if item.id is not UNSET]
        if response.status in ("cancelled", "failed"):
            for call in mine:
                self._refuse(call, "Interrupted", f"not run: the response was {response.status}")
            self._put_outputs(mine, errand)
            return
        self._active.append(errand)
        if turn is not None:
            turn.call_tools()
        self._link.start(self._round(errand, mine, follow=len(mine) == len(calls)))

    def interrupt(self, turn: Turn | None = None) -> None:
        """No follow-up for a turn, or for anybody; what runs goes on."""
        for errand in tuple(self._active):
            if turn is None or errand.turn is turn:
                errand.interrupted = True
                if errand.request is not None:  # asked for, but not begun
                    self._link.queue.release(errand.request)
                    self._leave(errand)

    def abandon(self) -> None:
        """The session is over."""
        for approval in self.approvals.pending:
            approval.deny("the session is over")
        for call in self._late:
            status = "failed" if call.status == "running" else "not run"
            call.end(status, None, ToolError("the session ended before the function did"))
        self._active.clear()

    # Whose calls.

    def _in_conversation(self, found: list[FunctionCall]) -> bool:
        """Outside of it no output can be given."""
        known = {item.id for item in self._link.conversation.items}
        return all(item.id in known for item in found)

    def _is_mine(self, call: ToolCall, errand: Errand) -> bool:
        if call.name in self.box:
            return True
        # One that nobody declared is the model's invention, and is told so.
        return bool(self.box) and not self.box.is_data(call.name) and not errand.config.tools

    # A round.

    async def _round(self, errand: Errand, calls: list[ToolCall], *, follow: bool) -> None:
        self._late.update(calls)
        await asyncio.gather(*(self._answer(call, errand) for call in calls))
        self._put_outputs(calls, errand)
        self._link.alive()
        turn = errand.turn
        beyond = errand.round > self.box.max_rounds + 1
        if errand.interrupted or beyond or not follow or (turn is not None and turn.done):
            self._leave(errand)
            if turn is not None:
                turn.end_calling()
        else:
            self._follow_up(errand)

    async def _answer(self, call: ToolCall, errand: Errand) -> None:
        tool = self.box.get(call.name)
        if errand.round > self.box.max_rounds:
            limit = f"{self.box.max_rounds} rounds of calls are the limit of one turn"
            self._refuse(call, "TooManyRounds", f"{limit}: answer with what you have", show=True)
        elif tool is None:
            hint = nearest(call.name, self.box)
            self._refuse(call, "UnknownTool", f"no tool is called {call.name!r}: {hint}", show=True)
        elif tool.blocking:
            await self._perform(call, tool)
        else:
            call.status, call.output = "running", json.dumps(STARTED)
            self._link.start(self._report(call, tool, errand))

    async def _report(self, call: ToolCall, tool: FunctionTool, errand: Errand) -> None:
        """The result of a tool that nobody waited for."""
        await self._perform(call, tool)
        text = (
            f"The tool {call.name}, called with {call.text or '{}'} (call {call.call_id}), "
            f"has finished. Its result: {call.output}"
        )
        item = Message(id=new_id("item"), role="system", content=(InputText(text=text),))
        self._link.send(self._link.client.create_item(item))
        if not errand.interrupted:
            # To be told, not to be acted on: a model might call the same tool for ever.
            config = structs.replace(errand.config, input=UNSET, tool_choice="none")
            self._follow_up(Errand(None, config))

    async def _perform(self, call: ToolCall, tool: FunctionTool) -> None:
        """Read the arguments, ask for approval, run; the call is over then."""
        try:
            values = tool.parameters.read(call.text)
        except ToolError as error:
            self._refuse(call, "InvalidArguments", str(error), show=True)
            return
        if tool.approve:
            call.status = "asking"
            try:
                await self.approvals.decide(call)
            except Denied as error:
                self._refuse(call, "Denied", str(error), status="denied")
                return
        call.status = "running"
        args, kwargs = tool.parameters.bind(values)
        begun = self._link.now()
        future = workers.run(tool.fn, args, kwargs, as_text)
        try:
            outcome = await asyncio.wait_for(asyncio.wrap_future(future), tool.timeout_s)
        except asyncio.TimeoutError:
            call.duration_s = self._link.now() - begun
            said = f"{tool.name} did not finish within {tool.timeout_s:g} s"
            self._refuse(call, "Timeout", said, status="failed")
            logger.warning("%s; it goes on, and what it returns is thrown away", said)
            self._link.start(workers.watch())
            return
        call.duration_s = self._link.now() - begun
        if outcome.error is not None:
            self._failed(call, outcome.error)
        else:
            call.result = outcome.value
            self._over(call, "done", outcome.text)

    # How a call ends.

    def _refuse(
        self,
        call: ToolCall,
        kind: str,
        message: str,
        *,
        status: str = "not run",
        show: bool = False,
    ) -> None:
        """A call that gave no result, for a reason of ours."""
        if show:
            logger.warning("the tool %s: %s", call.name, message)
        error = ToolError(scrub(message))
        if status != "denied":
            self._link.errors.append(error)
        self._over(call, status, _told(kind, message), error)

    def _failed(self, call: ToolCall, error: BaseException) -> None:
        """The function raised: told in short to the model, in full to the user."""
        said = scrub(error_text(error))
        shown = ToolError(f"the tool {call.name} failed: {said}")
        shown.__cause__ = error
        self._link.errors.append(shown)
        logger.error("the tool %s failed", call.name, exc_info=error)
        kind, _, message = error_text(error).partition(": ")
        self._over(call, "failed", _told(kind, message), error)

    def _over(
        self, call: ToolCall, status: str, output: str, error: BaseException | None = None
    ) -> None:
        self._late.discard(call)
        # A lone surrogate, which Python's text may hold, cannot be sent.
        call.end(status, output.encode("utf-8", "replace").decode(), error)
        self._link.subscribers.publish(ToolFinished(call=call), self._link.conversation)

    # What the server gets.

    def _put_outputs(self, calls: list[ToolCall], errand: Errand) -> None:
        for call in calls:
            item = FunctionCallOutput(
                id=new_id("item"), call_id=call.call_id, output=call.output or ""
            )
            errand.seen.append(str(item.id))
            event_id = self._link.send(self._link.client.create_item(item))
            if errand.turn is not None:
                errand.turn.causes.add(event_id)

    def _follow_up(self, errand: Errand) -> None:
        link, turn = self._link, errand.turn
        if errand not in self._active:
            self._active.append(errand)
        config = self._config(errand)
        if turn is None or turn.request is None:
            request = link.request(config)
        else:
            request = turn.request
            link.renew(request, config)
        request.errand = errand
        errand.request = request
        link.queue.submit_first(request)

    def _config(self, errand: Errand) -> ResponseConfig | None:
        """As the user asked for the first response, but free to answer without a call."""
        config = errand.config
        if config.input is not UNSET and config.input is not None:
            seen = tuple(ItemReference(id=item_id) for item_id in errand.seen)
            config = structs.replace(config, input=(*config.input, *seen))
        choice: Any = config.tool_choice
        if choice is UNSET:
            choice = self._link.conversation.session.tool_choice
        if errand.round > self.box.max_rounds:
            config = structs.replace(config, tool_choice="none")
        elif choice not in (UNSET, "auto", "none"):
            config = structs.replace(config, tool_choice="auto")
        return None if config == ResponseConfig() else config

    def _leave(self, errand: Errand) -> None:
        errand.request = None
        if errand in self._active:
            self._active.remove(errand)


def _told(kind: str, message: str) -> str:
    """An error as the model reads it: no traceback, no key, no novel."""
    message = scrub(message)
    if len(message) > LONGEST_MESSAGE:
        message = message[:LONGEST_MESSAGE] + "…"
    return json.dumps({"error": {"type": kind, "message": message}}, ensure_ascii=False)
