"""The protocol's own commands for sound and responses: one event each, sent in order.

For those who want the wire itself; ``Session.say`` and ``Session.respond`` are made of the
same events and give a turn. The commands for items are in ``item_commands.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..protocol.config import PCM16_24K
from ..protocol.response_config import ResponseConfig

if TYPE_CHECKING:
    from .link import Link

__all__ = ["WireCommands"]


class WireCommands:
    """What a session can send; ``Session`` gives it the link and the door to its thread."""

    _link: Link
    displaced_ms: float
    _from_microphone: Callable[[bytes], bytes] | None

    def _post(self, fn: Callable[..., Any], *args: Any) -> None:
        raise NotImplementedError

    def append_audio(self, data: bytes) -> None:
        """Add sound to the input buffer: PCM16, 24 kHz, mono, in pieces of any length.

        It gives way to a sound that is being said, because two at once would be one noise;
        ``displaced_ms`` counts how much.
        """
        self._post(self._append, data)

    def _append(self, data: bytes) -> None:
        if self._link.voice.locked():
            self.displaced_ms += PCM16_24K.duration_ms(len(data))
            return
        form = self._link.input_format
        if form.type != "audio/pcm":
            from .telephone import Telephone

            if not isinstance(self._from_microphone, Telephone):
                self._from_microphone = Telephone(form)
            data = self._from_microphone(data)
        if data:
            self._link.append(data)

    def commit_audio(self) -> None:
        """Make the buffered sound a user item."""
        self._post(lambda: self._link.send(self._link.client.commit_audio()))

    def clear_audio(self) -> None:
        """Throw the buffered sound away."""
        self._post(lambda: self._link.send(self._link.client.clear_audio()))

    def create_response(self, config: ResponseConfig | None = None) -> None:
        """Ask for an answer, as soon as none is in progress; ``respond`` gives a turn."""
        self._post(self._link.create_response, config)

    def cancel_response(self, response_id: str | None = None) -> None:
        """Stop a response: the named one, or the one in progress."""
        self._post(lambda: self._link.send(self._link.client.cancel_response(response_id)))
