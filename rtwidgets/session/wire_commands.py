"""The protocol's own commands for sound and responses: one event each, sent in order.

For those who want the wire itself; ``Session.say`` and ``Session.respond`` are made of the
same events and give a turn. The commands for items are in ``item_commands.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ..errors import LocalProtocolError, RemoteProtocolError
from ..protocol import events as on
from ..protocol.config import PCM16_24K
from ..protocol.dialects import Dialect
from ..protocol.response_config import ResponseConfig
from .door import Door

__all__ = ["WireCommands"]


class WireCommands(Door):
    """What a session can send."""

    displaced_ms: float
    _from_microphone: Callable[[bytes], bytes] | None

    def append_audio(self, data: bytes, *, rate: int = PCM16_24K.sample_rate) -> None:
        """Add sound to the input buffer: PCM16, mono, ``rate`` Hz, in pieces of any length.

        Another rate than the session's ``input_rate`` is resampled on the way.

        It gives way to a sound that is being said, because two at once would be one noise;
        ``displaced_ms`` counts how much.
        """
        self._post(self._append, data, rate)

    def _append(self, data: bytes, rate: int) -> None:
        if self._link.voice.locked():
            self.displaced_ms += len(data) * 1000 / (2 * rate)
            return
        form = self._link.input_format
        if (form.type, rate) != (PCM16_24K.type, PCM16_24K.sample_rate):
            from .turns.telephone import Telephone

            telephone = self._from_microphone
            if not isinstance(telephone, Telephone) or not telephone.fits(form, rate):
                telephone = self._from_microphone = Telephone(form, rate)
            data = telephone(data)
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

    # Any event

    @property
    def dialect(self) -> Dialect:
        """How this server spells the protocol: ``GA`` or ``BETA``."""
        return self._link.client.dialect

    def check_event(self, event: str | Mapping[str, Any]) -> on.ClientEvent:
        """An event as this server's dialect writes it, as JSON or as a dict, read and checked.

        Raises ``LocalProtocolError`` with what the protocol says of a mistake.
        """
        try:
            text = event if isinstance(event, str) else msgspec.json.encode(event)
            return self.dialect.decode_client(text)
        except RemoteProtocolError as error:
            raise LocalProtocolError(str(error)) from None
        except (TypeError, ValueError, RecursionError) as error:
            raise LocalProtocolError(f"the event cannot be written as JSON: {error}") from None

    def send_event(self, event: str | Mapping[str, Any]) -> None:
        """Send one event of the wire by hand, after ``check_event``.

        It goes out now, past the queue of turns: a second ``response.create`` is refused by the
        server and not held back here.
        """
        self._post(self._send_event, self.check_event(event))

    def _send_event(self, event: on.ClientEvent) -> None:
        link = self._link
        sent = link.client.send_event(event)
        event_id = link.send(sent)
        # Who counts sound and acknowledgements has to know of these as well.
        if isinstance(sent, on.SessionUpdate):
            link.start(link.updates.settle(link.updates.sent(event_id, sent.session)))
        elif isinstance(sent, on.InputAudioBufferAppend):
            link.appended_ms += link.input_format.duration_ms(len(sent.audio))
