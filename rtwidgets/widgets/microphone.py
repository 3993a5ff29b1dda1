"""``Microphone``: the user's voice from one page into the session, frame by frame.

Frames carry a sequence number: what is missing is counted, shown, and filled with silence so
that the server's clock stays right; nothing is lost without being said. The page that opened
the microphone owns it; a page that is silent for three seconds counts as gone, and one that is
heard again (a busy kernel hears late) goes on where it was. What the frames suffered on their
way is counted in ``microphone_frames``, what the talk button means to the session is in
``talk_button``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import UNSET
from traitlets import Bool, Enum, Int, Unicode, observe

from ..errors import RealtimeError
from ..protocol.config import TurnDetection
from ..session.events.notices import SessionEnded, SessionResumed
from .microphone_frames import Frames
from .pages import Pages
from .panel import Panel
from .talk_button import TalkButton
from .turn_taking import detection_of, mode_of

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session.events.notices import Happening
    from ..session.session import Session

__all__ = ["Microphone"]

#: The kernel answers every so many frames.
ACK_EVERY = 10
#: The recording page is looked for this often, in s, and is gone when missed so many times.
LOOK_S = 1.0
MOST_MISSED = 3
#: A new page is perhaps the recording one, reloaded: that one has so long to be heard, in s.
#: It says that it is there once a second where the talk button is up.
DOUBT_S = 2.0
#: A gap is filled with silence up to this length, in s.
MOST_FILL_S = 1.0
#: After the silence that the server waits for, in ms, so much more closes a turn for certain.
TAIL_MS = 300
USUAL_SILENCE_MS = 500

#: Why a page closed the microphone, where more than the person's wish is to be said.
REASONS = {
    "page": "The page that recorded was closed or reloaded.",
    "ended": "The microphone went away: it was unplugged.",
    "withdrawn": "The permission for the microphone was withdrawn.",
    "unanswered": "The kernel heard nothing for ten minutes; the page that recorded gave up.",
    "interrupted": "The recording was interrupted: its computer slept, or the device was silent.",
}

SILENT = "The page that recorded does not answer: it was closed or reloaded, or has no connection."

SWITCHES = ("echo_cancellation", "noise_suppression", "auto_gain_control", "noise_gate")
GATE_DB = (-70, -20)


class Microphone(Panel):
    """A record button, two ways to take turns, a level and the own waveform.

    ``Microphone(session)``; settings: ``mode`` (``"hands_free"`` lets the server hear where a
    turn ends, ``"push_to_talk"`` leaves it to the button and switches the server's turn
    detection off), ``echo_cancellation``, ``noise_suppression``, ``auto_gain_control``,
    ``noise_gate`` with ``noise_gate_db``, ``muted`` and ``frame_ms``. All may be changed while
    it records.
    """

    word = "microphone"
    sends = frozenset({"start", "stop", "press", "release", "ack"})
    receives = frozenset(
        {
            "hello", "bye", "opened", "failed", "audio", "alive", "press", "release", "closed",
            "mode", "processing", "mute", "gate", "switched",
        }
    )  # fmt: skip

    mode = Enum(["hands_free", "push_to_talk"], help="Who ends a turn.").tag(
        sync=True, setting=True
    )
    echo_cancellation = Bool(default_value=True, help="Browser's; default on.").tag(
        sync=True, setting=True
    )
    noise_suppression = Bool(default_value=True, help="Browser's; default on.").tag(
        sync=True, setting=True
    )
    auto_gain_control = Bool(default_value=True, help="Browser's; default on.").tag(
        sync=True, setting=True
    )
    noise_gate = Bool(
        default_value=False, help="The page's own: what is quiet becomes silence; default off."
    ).tag(sync=True, setting=True)
    noise_gate_db = Int(
        -50, min=GATE_DB[0], max=GATE_DB[1], help="From here on it opens, in dB of full scale."
    ).tag(sync=True, setting=True)
    muted = Bool(default_value=False, help="Silence is sent instead of the voice.").tag(
        sync=True, setting=True
    )
    frame_ms = Int(40, min=10, max=200, help="Length of a frame in ms; default 40.").tag(
        sync=True, setting=True
    )
    rate = Int(24000, help="Samples a second that the session wants, in Hz.").tag(sync=True)
    recording = Bool(default_value=False, help="A page records.").tag(sync=True)
    owner = Unicode("", help="The token of the page that records, or recorded last.").tag(sync=True)
    speaking = Bool(default_value=False, help="The server hears speech.").tag(sync=True)
    frames_lost = Int(0, help="Frames of this recording that never arrived.").tag(sync=True)
    out_of_order = Int(0, help="Frames that came after a later one; they are left out.").tag(
        sync=True
    )
    frames_late = Int(0, help="Frames that came 0.5 s later than the fastest.").tag(sync=True)
    delay_ms = Int(0, help="How much later the latest came than the fastest, in ms.").tag(sync=True)
    notice = Unicode("", help="A sentence about what the person should know.").tag(sync=True)
    closed = Bool(default_value=False, help="The session is over.").tag(sync=True)

    clock: Callable[[], float] = staticmethod(time.monotonic)
    """When a frame arrives, in s."""

    def __init__(self, session: Session, **settings: Any) -> None:
        self._pages = Pages()
        self._frames = Frames()
        self._button = TalkButton(session)
        self.frame_rate = session.input_rate
        """Samples a second of the frames that arrive, in Hz."""
        self.source = "microphone"
        """``"microphone"``, or ``"file"`` for a sound file that was dropped on the panel."""
        self.device = ""
        """The device's name, or the file's."""
        self.device_rate = 0
        """The device's own rate, in Hz."""
        self.failure = ""
        """Why the last attempt to open it failed, in one word; empty when it did not."""
        self._missed = 0
        self._doubts = 0
        self._doubted = 0
        self._asking: str | None = None
        self._looking = False
        self._wanted = False
        known = detection_of(session.conversation.session)
        self._detection = known or TurnDetection(type="server_vad")
        settings.setdefault("mode", mode_of(session))
        self._session = session
        super().__init__(session, **settings)
        self.rate = session.input_rate
        self.closed = session.closed

    @property
    def frames_received(self) -> int:
        """Frames of this recording, or of the last one."""
        return self._frames.received

    @property
    def last_seq(self) -> int:
        """The number of its newest frame."""
        return self._frames.last_seq

    # -- what a cell may do; from any thread

    def start(self) -> None:
        """Open the microphone in the page that showed the panel last, or in the next that does."""
        self.on_loop(self._start)

    def stop(self) -> None:
        """Close it."""
        self.on_loop(self._post_to_owner, "stop")

    def press(self) -> None:
        """Press the talk button (push-to-talk): the user begins to speak."""
        self.on_loop(self._post_to_owner, "press")

    def release(self) -> None:
        """Release the talk button: the turn is over."""
        self.on_loop(self._post_to_owner, "release")

    def _start(self) -> None:
        page = self._pages.newest
        self._wanted = not page
        if page:
            self.post("start", page=page)

    def _post_to_owner(self, kind: str) -> None:
        self._wanted = False
        page = self.owner if self.recording else self._pages.newest
        if page:
            self.post(kind, page=page)

    # -- events of the session

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """Follow the session's turn detection and what the server hears."""
        if isinstance(event, SessionEnded):
            self._session_over()
        elif isinstance(event, SessionResumed):
            self.closed = False
        self.refresh()

    def show(self, conversation: Conversation) -> None:
        """Whether the server hears speech, who ends a turn, and the rate that it wants."""
        self.speaking = conversation.speaking
        self.rate = self.session.input_rate
        detection = detection_of(conversation.session)
        if detection is not None:
            self._detection = detection
        self.mode = self._asking or mode_of(self.session)

    @observe("mode")
    def _mode_changed(self, change: Any) -> None:
        """Somebody chose another mode: the session's turn detection goes with it."""
        if change["new"] == mode_of(self._session):
            return
        hands_free = change["new"] == "hands_free"
        # A cell waits for the answer; on its way to the loop thread the change is not yet sent.
        self._asking = change["new"]
        try:
            self._session.update(turn_detection=self._detection if hands_free else None)
        finally:
            self._asking = None
            if self._unsubscribe is not None:
                self.refresh()

    # -- messages of the pages

    def on_message(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Take a frame, or what a person did in a page."""
        kind, page = message["kind"], str(message["page"])
        self._pages.hear(page)
        if kind == "hello":
            self._pages.arrive(page)
            if page != self.owner:
                self._doubt()
            if self._wanted:
                self._start()
        elif kind == "bye":
            self._pages.leave(page)
            if self.recording and page == self.owner:
                self._ended(REASONS["page"])
        elif kind == "opened":
            self._opened(page, message)
        elif kind == "failed":
            self.failure = str(message["failure"])
        elif kind == "mode":
            self.mode = message["mode"]
        elif kind == "processing":
            if message["name"] in SWITCHES:
                self.set_trait(message["name"], bool(message["on"]))
        elif kind == "mute":
            self.muted = bool(message["on"])
        elif kind == "gate":
            self.noise_gate_db = min(max(int(message["db"]), GATE_DB[0]), GATE_DB[1])
        elif page == self.owner:
            self._from_owner(kind, message, buffers)

    def _from_owner(self, kind: str, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        self._missed = self._doubted = 0
        if kind == "closed":
            if self.recording:
                self._ended(REASONS.get(str(message["reason"]), ""))
            return
        if not self.recording:
            # It was taken for gone: a kernel that was busy hears late.
            self._recording_again()
        if kind == "audio":
            self._take_frame(int(message["seq"]), float(message["time"]), buffers[0])
        elif kind == "switched":
            self._use(message)
            self._frames.switched()
        elif kind == "press":
            self.notice = ""
            self._button.press()
        elif kind == "release":
            self._release()

    def _opened(self, page: str, message: dict[str, Any]) -> None:
        if self.recording and self.owner != page:
            self.post("stop", page=self.owner)
            self._release_if_pressed()
        for peer in self.peers():  # two at once would be one noise
            if isinstance(peer, Microphone) and peer.recording:
                peer.stop()
        self.owner = page
        self.source = str(message.get("source", "microphone"))
        self.failure = ""
        self._frames = Frames()
        self._use(message)
        self._show_frames()
        self._recording_again()

    def _use(self, message: dict[str, Any]) -> None:
        self.device = str(message["device"])
        self.device_rate = int(message["device_rate"])
        self.frame_rate = int(message.get("rate", self.rate))

    def _recording_again(self) -> None:
        self.notice = ""
        self.recording = True
        self._missed = self._doubted = 0
        if not self._looking:
            self._looking = True
            self.after(LOOK_S, self._look)

    def _look(self) -> None:
        """Is the recording page still there?"""
        self._missed += 1
        if self.recording and self._missed > MOST_MISSED:
            self._ended(SILENT)
        self._looking = self.recording
        if self._looking:
            self.after(LOOK_S, self._look)

    def _doubt(self) -> None:
        """Perhaps the recording page was reloaded: only what it says proves the contrary."""
        if self.recording and not self._doubted:
            self._doubts += 1
            self._doubted = self._doubts
            self.after(DOUBT_S, self._end_doubt, self._doubts)

    def _end_doubt(self, number: int) -> None:
        if self.recording and self._doubted == number:
            self._ended(SILENT)

    def _ended(self, notice: str) -> None:
        self._release_if_pressed()
        self.recording = False
        self.notice = notice
        self._show_frames()
        if self.mode == "hands_free" and self.frames_received:
            self._close_turn()

    def _close_turn(self) -> None:
        """The server waits for silence before it ends a turn; a closed microphone sends none."""
        silence_ms = self._detection.silence_duration_ms
        wait_ms = USUAL_SILENCE_MS if silence_ms is UNSET else silence_ms
        self._append(bytes(2 * (self.frame_rate * (wait_ms + TAIL_MS) // 1000)))

    # -- frames

    def _take_frame(self, seq: int, time_s: float, data: bytes) -> None:
        frames = self._frames
        missing = frames.take(seq, time_s, self.clock())
        if missing is None:
            self._show_frames()
            return
        if missing:
            self._append(bytes(min(missing * len(data), 2 * int(MOST_FILL_S * self.frame_rate))))
            self._show_frames()
        self._append(data)
        if frames.received % ACK_EVERY == 0:
            self._show_frames()
            self.post("ack", page=self.owner, seq=seq, received=frames.received, lost=frames.lost)

    def _show_frames(self) -> None:
        frames = self._frames
        with self.together():
            self.frames_lost = frames.lost
            self.out_of_order = frames.out_of_order
            self.frames_late = frames.late
            # A few ms more or less are no news.
            self.delay_ms = round(100 * round(10 * frames.most_delay_s))

    def _append(self, data: bytes) -> None:
        self._button.hear(len(data), self.frame_rate)
        try:
            self.session.append_audio(data, rate=self.frame_rate)
        except RealtimeError:
            self._session_over()

    # -- push-to-talk

    def _release_if_pressed(self) -> None:
        if self._button.pressed:
            self._release()

    def _release(self) -> None:
        self.notice = self._button.release()

    def _session_over(self) -> None:
        if self.recording:
            self.post("stop", page=self.owner)
        self._button.pressed = False
        self.recording = False
        self.notice = ""
        self.closed = True
