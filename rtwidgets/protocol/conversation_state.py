"""What a conversation can be asked: its items, responses, words and formats.

The state alone; ``conversation.py`` is the only file that changes it. Every answer is a
value of its own, safe to keep and to iterate while events go on arriving.
"""

from __future__ import annotations

from msgspec import structs

from .config import PCM16_24K, AudioFormat, SessionConfig
from .content import output_format, words
from .items import Item, Response
from .ordering import Order
from .usage import Ledger

__all__ = ["ConversationState"]


class ConversationState:
    """One session's conversation; ``==`` compares what both ends must agree on.

    ``session`` is the configuration in force, ``speaking`` is true between speech started
    and speech stopped, ``usage`` is the ledger. ``oddities`` counts what broke the protocol
    without harm, and is the only public value that ``==`` leaves out.
    """

    def __init__(self) -> None:
        self.session = SessionConfig()
        self.speaking = False
        self.usage = Ledger()
        self.oddities = 0
        self._items: dict[str, Item] = {}  # of the conversation and of any response
        self._order = Order()
        self._deleted: set[str] = set()
        self._responses: dict[str, Response] = {}
        self._outputs: dict[str, tuple[tuple[int, str], ...]] = {}  # (output_index, item id)
        self._origin: dict[str, str] = {}  # item -> the response that made it
        self._active: str | None = None
        self._audio: dict[str, int] = {}
        self._closed: set[tuple[str, int]] = set()  # parts that are final
        self._pending: dict[str, str] = {}  # words of user items that are still to come

    def __repr__(self) -> str:
        """``<Conversation: 4 items>``."""
        return f"<Conversation: {len(self.items)} items>"

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of the conversation in their order."""
        known = self._items
        return tuple([item for i in self._order.ids if (item := known.get(i)) is not None])

    @property
    def last_item_id(self) -> str | None:
        """The id of the last item, which a new one follows; ``None`` where there is none."""
        return next((i for i in reversed(self._order.ids) if i in self._items), None)

    @property
    def responses(self) -> dict[str, Response]:
        """All responses in order of creation, by id; ``output`` holds the items so far."""
        return {i: self._filled(response) for i, response in list(self._responses.items())}

    @property
    def active_response(self) -> Response | None:
        """The response that is in progress in the conversation, if one is."""
        return None if (active := self._active) is None else self.response(active)

    @property
    def audio_bytes(self) -> dict[str, int]:
        """Bytes of reply sound by item id, in the output format of the item's response."""
        return self._audio.copy()

    def holds(self, item_id: str) -> bool:
        """Whether the item is in the conversation, not only in a response beside it."""
        return item_id in self._order

    def item(self, item_id: str) -> Item | None:
        """The item of that id, whether it is in the conversation or only in a response."""
        return self._items.get(item_id)

    def response(self, response_id: str) -> Response | None:
        """The response of that id; cheaper than ``responses[response_id]``."""
        response = self._responses.get(response_id)
        return None if response is None else self._filled(response)

    def previous_item_id(self, item_id: str) -> str | None:
        """The id before ``item_id``; ``None`` for the first item and for one not in ``items``."""
        return self._order.previous(item_id)

    def text(self, item_id: str) -> str:
        """The item's words, whatever its parts; ``""`` where there are none."""
        item = self._items.get(item_id)
        return self._pending.get(item_id, "") if item is None else words(item)

    def output_format(self, item_id: str) -> AudioFormat:
        """How the sound of a reply item is written."""
        response = self._responses.get(self._origin.get(item_id, ""))
        return output_format(response) or output_format(self.session) or PCM16_24K

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConversationState):
            return NotImplemented
        return self._state() == other._state()

    __hash__ = None  # type: ignore[assignment]  # it changes, so it has no hash

    def _state(self) -> tuple[object, ...]:
        voice = (self._active, self.speaking, self._audio)
        return (self.session, self.items, self.responses, *voice, self.usage)

    def _filled(self, response: Response) -> Response:
        entries = self._outputs.get(response.id)
        if entries is None:  # it is done, and its output is what the server said last
            return response
        output = tuple([item for _, i in entries if (item := self._items.get(i)) is not None])
        return structs.replace(response, output=output)
