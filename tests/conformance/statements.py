"""The 84 conformance statements as data: what must hold, of whom, in which dialects.

The numbers are those of the protocol reference that the project keeps; the words are our own.
``table.py`` makes ``docs/conformance.md`` of this and of a run.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OPEN", "REASONS", "SECTIONS", "STATEMENTS", "Statement"]

BOTH = ("ga", "beta")
GA_ONLY = ("ga",)

SECTIONS = {
    "connection": "Connection",
    "envelope": "Envelope",
    "session": "Session",
    "items": "Conversation items",
    "input_audio": "Input audio",
    "responses": "Responses",
    "usage": "Usage",
    "client": "Client behaviour",
}


@dataclass(frozen=True)
class Statement:
    """One statement: ``who`` is server, client or both; ``dialects`` are those it is about."""

    number: int
    section: str
    text: str
    who: str = "server"
    dialects: tuple[str, ...] = BOTH


_S = Statement
_ALL = (
    # connection
    _S(1, "connection", "upgrades on `/v1/realtime` with a bearer key; `session.created` is first"),
    _S(2, "connection", "takes a key from a subprotocol token and selects `realtime`"),
    _S(3, "connection", "speaks beta where a header or a token asks for it, GA otherwise"),
    _S(
        4,
        "connection",
        "a wrong key: upgrade, `invalid_api_key`, close 3000; the client reports it and gives up",
        "both",
    ),
    _S(5, "connection", "an upgrade refused with HTTP 400, 401 or 403 is reported", "client"),
    _S(6, "connection", "pings are answered on both ends", "both"),
    _S(7, "connection", "an append of 15 MiB is taken; a larger one is an error, not a close"),
    _S(8, "connection", "frames that arrive before `session.created` was read count, in order"),
    _S(9, "connection", "a new connection is a new, empty session", "client"),
    _S(10, "connection", "at the age limit: `session_expired`, close 1001; `expires_at` says when"),
    # envelope
    _S(11, "envelope", "each frame is one object with a `type` and an `event_id` of its own"),
    _S(12, "envelope", "client events need no `event_id`"),
    _S(13, "envelope", "an error names the `event_id` of its cause, or null"),
    _S(14, "envelope", "an error has `type`, `message`, `code`, `param` and `event_id`"),
    _S(15, "envelope", "unknown events and fields are ignored", "client"),
    _S(16, "envelope", "an unknown `type` is `invalid_value`; the session stays open"),
    _S(17, "envelope", "each client event has one reaction: success or one error"),
    # session
    _S(18, "session", "an accepted update is answered once, with the whole session"),
    _S(19, "session", 'absent fields keep their value; `""`, `[]` and null clear'),
    _S(20, "session", "an update without `session.type` is refused", dialects=GA_ONLY),
    _S(21, "session", "an unknown field is refused, and nothing of its update applies"),
    _S(22, "session", "only the dialect's own combinations of modalities are taken"),
    _S(23, "session", "a session says its `type`", dialects=GA_ONLY),
    _S(24, "session", "PCM is reported at a rate of 24000", dialects=GA_ONLY),
    _S(25, "session", "turn detection begins as server VAD: 0.5, 300 ms, answer and interrupt"),
    _S(26, "session", "the voice is frozen once the assistant spoke; the same one may be repeated"),
    _S(27, "session", "temperature: beta 0.6 to 1.2, unknown in GA"),
    _S(28, "session", 'limits: 1 to 4096 tokens or `"inf"`, speed 0.25 to 1.5'),
    _S(29, "session", "no refusal closes the session"),
    # items
    _S(30, "items", "`previous_item_id`: none appends, `root` is first, unknown fails"),
    _S(31, "items", "a created item is answered by added and done (GA) or by created (beta)"),
    _S(32, "items", "a client's item id is kept, a missing one made, a long one refused"),
    _S(33, "items", "beta items carry `object`, GA items need none"),
    _S(34, "items", "assistant parts: `text` and `audio` in beta, `output_…` in GA"),
    _S(35, "items", "parts in `response.content_part.*` are `text` or `audio` in both"),
    _S(36, "items", "each role takes its own parts; assistant sound is refused"),
    _S(37, "items", "the output of a call that nobody made is refused"),
    _S(38, "items", "retrieve returns the item with its sound; an unknown id fails"),
    _S(39, "items", "a deleted item is gone"),
    _S(40, "items", "truncate drops the sound behind a point, and the transcript"),
    _S(41, "items", "truncate refuses a point past the end, and items without the model's sound"),
    _S(42, "items", "a client truncates within what it received, or not at all", "client"),
    # input audio
    _S(43, "input_audio", "append is not answered"),
    _S(44, "input_audio", "a commit needs 100 ms"),
    _S(45, "input_audio", "a commit makes an item of the buffer and empties it"),
    _S(46, "input_audio", "a commit makes no response"),
    _S(47, "input_audio", "a spoken turn has one item id from its start to its item"),
    _S(48, "input_audio", "times count all appended sound, padding and silence included"),
    _S(49, "input_audio", "a turn is answered after its item, where `create_response` is on"),
    _S(50, "input_audio", "transcription names its item and part, and its usage"),
    _S(51, "input_audio", "transcription may come early or late", "client"),
    _S(52, "input_audio", "clear is answered"),
    _S(53, "input_audio", "idle timeout: 5 to 30 s; a silent user is answered", dialects=GA_ONLY),
    # responses
    _S(54, "responses", "`response.created` is a response's first event, `response.done` its last"),
    _S(55, "responses", "a response begins in progress, without output, usage or details"),
    _S(56, "responses", "each response that was created is done"),
    _S(57, "responses", "an item is put out, then added, then filled, then done"),
    _S(58, "responses", "items are announced empty"),
    _S(59, "responses", "deltas add up to done, part, item and output"),
    _S(60, "responses", "the closing events have one order"),
    _S(61, "responses", "deltas find their item, however items interleave", "client"),
    _S(62, "responses", "finished arguments name their function", dialects=GA_ONLY),
    _S(63, "responses", "one response at a time in the conversation, any number beside it"),
    _S(64, "responses", "a response beside the conversation leaves no trace in it"),
    _S(65, "responses", "`input` replaces the context; an unknown reference is refused"),
    _S(66, "responses", "metadata comes back unchanged; too much is refused"),
    _S(67, "responses", "what a response overrides, the session keeps"),
    _S(68, "responses", "cancel closes what is open; with an id only that; with nothing it fails"),
    _S(69, "responses", "speech interrupts in order, or not where it is switched off"),
    _S(70, "responses", "cancelled before any output: no items, no usage"),
    _S(71, "responses", "at the token limit item and response are incomplete"),
    _S(72, "responses", "a failure is told in `response.done` and costs no error event"),
    _S(73, "responses", "no sound in parts, items or done"),
    _S(74, "responses", "sound deltas are whole samples of one stream"),
    # usage
    _S(75, "usage", "totals are the sums of their parts; cached is within input"),
    _S(76, "usage", "sound counts a token each 100 ms in, each 50 ms out"),
    _S(77, "usage", "transcription is not in a response's usage"),
    _S(78, "usage", "costs: the reported usage, cached tokens at their own price", "client"),
    # client
    _S(79, "client", "speech silences the loudspeaker at once, also after the response", "client"),
    _S(80, "client", "when interrupted: truncate at what was heard, no needless cancel", "client"),
    _S(81, "client", "late sound of a cut response is dropped", "client"),
    _S(82, "client", "the next response waits for the end of this one", "client"),
    _S(83, "client", "works without `rate_limits.updated` and `conversation.created`", "client"),
    _S(84, "client", "an error is not the end", "client"),
)

STATEMENTS: dict[int, Statement] = {statement.number: statement for statement in _ALL}

#: Why a statement has no test, as a whole (``None``) or in one dialect.
REASONS: dict[tuple[int, str | None], str] = {}

#: Known defects: the test of (statement, dialect) may fail for this reason.
OPEN: dict[tuple[int, str], str] = {}
