"""A plain sentence for every event of both dialects: what it says and what it is there for.

For people who read a log of events and do not know the protocol yet. A table only: the names
are those of GA, and the beta spelling of a name leads to the same sentence.
"""

from __future__ import annotations

from .spelling import GA_NAMES

__all__ = ["SENTENCES", "explain"]

#: Event type in GA → what it means.
SENTENCES: dict[str, str] = {
    # What a client sends
    "session.update": "Changes settings of the session. Only what is named changes; the server "
    "answers with session.updated, or with an error and no change.",
    "input_audio_buffer.append": "Adds a piece of sound to the server's input buffer. It is the "
    "only event that is never answered.",
    "input_audio_buffer.commit": "Makes the buffered sound a message of the user. With turn "
    "detection the server does this by itself when the user stops speaking.",
    "input_audio_buffer.clear": "Throws away the sound that is in the input buffer.",
    "conversation.item.create": "Puts an item into the conversation: a message, the result of a "
    "tool, a picture. No answer begins by it; response.create asks for one.",
    "conversation.item.retrieve": "Asks for an item as the server has it, its sound included.",
    "conversation.item.truncate": "Tells the server how much of an answer was heard, so that it "
    "forgets the rest and does not believe that it was said.",
    "conversation.item.delete": "Takes an item out of the conversation: the model forgets it.",
    "response.create": "Asks the model for an answer. What it names holds for this answer only.",
    "response.cancel": "Stops the answer that is in progress.",
    "output_audio_buffer.clear": "Stops what a WebRTC connection plays. Over a WebSocket the "
    "client plays by itself, and no server takes this event.",
    # What a server sends: the session and the conversation
    "error": "Something was refused or went wrong. The session goes on unless the connection is "
    "closed after it; event_id names the event that was meant.",
    "session.created": "The first event of a connection: the session with its default settings.",
    "session.updated": "All settings that are in force after a change.",
    "conversation.created": "The conversation exists. Some servers say it, OpenAI does not.",
    "conversation.item.added": "An item is in the conversation now, after the item that "
    "previous_item_id names. An answer is still empty at this moment.",
    "conversation.item.done": "An item is complete and will not change any more.",
    "conversation.item.retrieved": "The item that was asked for, with its sound.",
    "conversation.item.truncated": "The server has forgotten what of the answer came after "
    "audio_end_ms, and its transcript.",
    "conversation.item.deleted": "The item is no longer in the conversation.",
    "conversation.item.input_audio_transcription.delta": "The next words of what the user said. "
    "Another model writes them down, beside the one that answers.",
    "conversation.item.input_audio_transcription.completed": "All words of what the user said. "
    "They may come after the answer has begun, because both work at the same time.",
    "conversation.item.input_audio_transcription.failed": "The user's words could not be written "
    "down. The model heard the sound all the same.",
    "conversation.item.input_audio_transcription.segment": "A stretch of what was said with its "
    "speaker and its times, from a model that tells speakers apart.",
    "input_audio_buffer.committed": "The buffered sound is a message of the user now, and the "
    "buffer is empty.",
    "input_audio_buffer.cleared": "The input buffer is empty; its sound is lost.",
    "input_audio_buffer.speech_started": "The server hears speech. Whoever plays an answer falls "
    "silent now: the user interrupts.",
    "input_audio_buffer.speech_stopped": "The user has stopped speaking for as long as the turn "
    "detection waits; the turn ends.",
    "input_audio_buffer.timeout_triggered": "Nobody spoke for the idle timeout, so the server "
    "goes on by itself.",
    "input_audio_buffer.dtmf_event_received": "A caller on the telephone pressed a key.",
    "output_audio_buffer.started": "A WebRTC connection began to play the answer.",
    "output_audio_buffer.stopped": "A WebRTC connection has played all of the answer.",
    "output_audio_buffer.cleared": "A WebRTC connection stopped playing before the end.",
    "rate_limits.updated": "What is left of the account's limits, and when they are full again.",
    # The parts of an answer
    "response.created": "The model begins an answer; nothing is in it yet.",
    "response.done": "The answer is over: completed, cancelled, incomplete or failed. It says "
    "what was used.",
    "response.output_item.added": "The answer opens an item: words, or the call of a tool.",
    "response.output_item.done": "An item of the answer is complete.",
    "response.content_part.added": "The item opens a part, for text or for sound.",
    "response.content_part.done": "A part of the item is complete. Its sound is not repeated.",
    "response.output_text.delta": "The next piece of the answer's text.",
    "response.output_text.done": "All the text of this part, once more in one piece.",
    "response.output_audio_transcript.delta": "The next words of what the model is saying.",
    "response.output_audio_transcript.done": "All words of what the model says in this part.",
    "response.output_audio.delta": "The next piece of the answer's sound. It comes faster than it "
    "is played.",
    "response.output_audio.done": "All sound of this part was sent; it is not repeated here, and "
    "it may still be playing.",
    "response.function_call_arguments.delta": "The next piece of a tool call's arguments.",
    "response.function_call_arguments.done": "All arguments of a tool call, as JSON. The client "
    "runs the tool and answers with conversation.item.create.",
    # MCP
    "mcp_list_tools.in_progress": "The server asks an MCP server which tools it has.",
    "mcp_list_tools.completed": "The tools of an MCP server are known.",
    "mcp_list_tools.failed": "The tools of an MCP server could not be listed; the session goes "
    "on without them.",
    "response.mcp_call_arguments.delta": "The next piece of an MCP call's arguments.",
    "response.mcp_call_arguments.done": "All arguments of an MCP call, as JSON.",
    "response.mcp_call.in_progress": "The server calls a tool of an MCP server.",
    "response.mcp_call.completed": "The MCP tool has answered.",
    "response.mcp_call.failed": "The call of the MCP tool failed; the item says why.",
}

_BETA_ADDS = {
    "conversation.item.created": "An item is in the conversation now, after the item that "
    "previous_item_id names. Beta has this one event where GA has two, added and done.",
    "transcription_session.update": "Changes settings of a session that only writes down what "
    "it hears.",
    "transcription_session.created": "The first event of a connection that only writes down "
    "what it hears.",
    "transcription_session.updated": "All settings of the transcription session that are in "
    "force after a change.",
}
_STRANGER = "This type is not one of the protocol's: it is kept as it came, and nothing reacts."
_NO_EVENT = "This frame is no event: it is no JSON object with a type."


def explain(name: str) -> str:
    """What an event of this type says, by its name in either dialect; a sentence or two."""
    if not name:
        return _NO_EVENT
    return _BETA_ADDS.get(name) or SENTENCES.get(GA_NAMES.get(name, name), _STRANGER)
