"""The flows of the reference's section 4, each one list: what a server says, in which order.

Written in GA; ``in_beta`` derives what the same flow is in beta. A flow is told from its
first event after the setup that its player in ``test_flows.py`` makes. What the client says in
between stands in the comments.
"""

from __future__ import annotations

__all__ = ["FLOWS", "GA_FLOWS", "in_beta"]

ADDED = ["conversation.item.added", "conversation.item.done"]
OPENED = [
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
]
CLOSED = [
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
]
DONE = ["response.done", "rate_limits.updated"]
WORD = "response.output_text.delta"
SAID = ["response.output_audio_transcript.delta", "response.output_audio.delta"]
WRITTEN = ["response.output_text.done", *CLOSED]
SPOKEN = ["response.output_audio.done", "response.output_audio_transcript.done", *CLOSED]
CALL = [
    "response.output_item.added",
    "conversation.item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "conversation.item.done",
    "response.output_item.done",
]
STARTED = "input_audio_buffer.speech_started"
STOPPED = ["input_audio_buffer.speech_stopped", "input_audio_buffer.committed", *ADDED]
HEARD = [
    "conversation.item.input_audio_transcription.delta",
    "conversation.item.input_audio_transcription.completed",
]

FLOWS: dict[str, list[str]] = {
    # 4.1; the client updates before it has read anything
    "start": ["session.created", "session.updated"],
    # 4.2; the client sends item and response in one go
    "text turn": [
        *ADDED,
        "response.created",
        *OPENED,
        WORD,
        WORD,
        *WRITTEN,
        *DONE,
    ],
    # 4.3
    "spoken answer": ["response.created", *OPENED, *SAID, *SAID, *SPOKEN, *DONE],
    # 4.4; append *, commit, response.create; the words are known while it answers
    "push to talk": [
        "input_audio_buffer.committed",
        *ADDED,
        "response.created",
        *HEARD,
        *OPENED,
        *SAID,
        *SPOKEN,
        *DONE,
    ],
    # append, clear
    "clear": ["input_audio_buffer.cleared"],
    # 4.5
    "detected turn": [
        STARTED,
        *STOPPED,
        "response.created",
        *HEARD,
        *OPENED,
        *SAID,
        *SPOKEN,
        *DONE,
    ],
    # 4.5, words come while the user speaks
    "detected turn, words at once": [
        STARTED,
        "conversation.item.input_audio_transcription.delta",
        *STOPPED,
        "response.created",
        *HEARD,
        *OPENED,
        *SAID,
        *SPOKEN,
        *DONE,
    ],
    # 4.5, create_response false; then response.create
    "detected turn, answered when asked": [
        STARTED,
        *STOPPED,
        "response.created",
        *OPENED,
        *SAID,
        *SPOKEN,
        *DONE,
    ],
    # 4.5, semantic_vad, whose pause is judged by its words
    "semantic turn": [STARTED, *STOPPED, "response.created", *OPENED, *SAID, *SPOKEN, *DONE],
    # 4.6; the client truncates what was not played
    "barge-in": [
        "response.created",
        *OPENED,
        *SAID,
        STARTED,
        *SPOKEN,
        *DONE,
        "conversation.item.truncated",
        *STOPPED,
        "response.created",
    ],
    # 4.6 (a): nothing came yet, nothing was used
    "barge-in before any output": ["response.created", STARTED, "response.done"],
    # 4.6 (b): the item was finished, the response was not
    "barge-in after the item": ["response.created", *CALL, STARTED, *DONE],
    # 4.6 (c): the response is done, only the sound still plays
    "barge-in after the response": [
        "response.created",
        *OPENED,
        *SAID,
        *SPOKEN,
        *DONE,
        STARTED,
        "conversation.item.truncated",
    ],
    # 4.6, interrupt_response false: the answer goes on; no second one begins beside it
    "no barge-in": [
        "response.created",
        *OPENED,
        *SAID,
        STARTED,
        *STOPPED,
        *SAID,
        *SPOKEN,
        *DONE,
    ],
    # 4.7; the client creates the output and asks again
    "function call": [
        "response.created",
        *OPENED,
        WORD,
        *WRITTEN,
        *CALL,
        *DONE,
        *ADDED,
        "response.created",
        *OPENED,
        WORD,
        *WRITTEN,
        *DONE,
    ],
    # 4.8, beside one in the conversation
    "out of band": [
        "response.created",
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        WORD,
        *OPENED,
        WORD,
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        *DONE,
        *WRITTEN,
        *DONE,
    ],
    # 4.10
    "cancel": ["response.created", *OPENED, WORD, *WRITTEN, *DONE],
    "cancel of speech": ["response.created", *OPENED, *SAID, *SPOKEN, *DONE],
    "cancel before any output": ["response.created", "response.done"],
    "late cancel": ["error"],
    # 4.11
    "truncate, retrieve, delete": [
        "conversation.item.truncated",
        "conversation.item.retrieved",
        "conversation.item.deleted",
    ],
    # 4.12: a refused event has no other answer
    "refusal": ["error"],
    "failure": ["response.created", "response.done"],
    "failure on the way": ["response.created", *OPENED, WORD, *WRITTEN, *DONE],
    # an answer that hits its limit of tokens
    "limit": ["response.created", *OPENED, WORD, *WRITTEN, *DONE],
    # 8.6, 56: what came to nothing has an empty message all the same
    "empty answer": ["response.created", *OPENED, *WRITTEN, *DONE],
    # 4.13
    "transcription session": [
        "session.created",
        "session.updated",
        STARTED,
        *STOPPED,
        *HEARD,
    ],
    # a transcription that fails
    "failed transcription": [
        "input_audio_buffer.committed",
        *ADDED,
        "conversation.item.input_audio_transcription.failed",
    ],
}

#: Flows that beta does not have.
GA_FLOWS: dict[str, list[str]] = {
    # 4.9
    "idle timeout": [
        "input_audio_buffer.timeout_triggered",
        *ADDED,
        "input_audio_buffer.committed",
        *ADDED,
        "response.created",
        *HEARD[1:],
        *OPENED,
        *SAID,
        *SPOKEN,
        *DONE,
    ],
}

_BETA_NAMES = {
    "conversation.item.added": "conversation.item.created",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
}


def in_beta(names: list[str], *, transcription: bool = False) -> list[str]:
    """The same flow in beta.

    Items are announced once, some names differ, and the limits follow ``response.created``
    instead of a ``response.done`` that used something.
    """
    told: list[str] = []
    for name in names:
        if name in ("conversation.item.done", "rate_limits.updated"):
            continue
        if transcription and name.startswith("session."):
            name = f"transcription_{name}"
        told.append(_BETA_NAMES.get(name, name))
        if name == "response.created":
            told.append("rate_limits.updated")
    return told
