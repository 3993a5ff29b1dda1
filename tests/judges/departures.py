"""Where the wire and OpenAI's own models of it part, found by running the judges.

Nothing here is an invention of this server: each entry is a field or an event that OpenAI's
servers are known to send and that the models of that release do not have, or have differently.
A test fails for what is missing here, and for what is here and did not come.
"""

from __future__ import annotations

__all__ = ["INVALID", "UNKNOWN"]

_SESSIONS = ("session.created", "session.updated")


def _of_sessions(*names: str) -> set[str]:
    return {f"{event}: session.{name}" for event in _SESSIONS for name in names}


#: The models of GA describe the session that is asked for, and reuse it for the one that is told.
_ANSWERED = _of_sessions("id", "object", "expires_at")

#: Fields that came and that the models do not know: judge → "event: path".
UNKNOWN: dict[str, set[str]] = {
    "openai_beta": {
        # Late beta; the package kept the fields of launch.
        *_of_sessions("object", "expires_at", "include", "prompt", "client_secret"),
        "response.done: response.usage.input_token_details.cached_tokens_details",
        # On the wire since May 2025; models have it since GA.
        "response.function_call_arguments.done: name",
    },
    "openai": _ANSWERED,
    "agents": _ANSWERED,
    # Its schemas drop what they do not know, so whole events are listed: there is none.
    "agents_js": set(),
}

#: What the models refuse and the wire has: judge → complaints.
INVALID: dict[str, set[str]] = {
    "openai_beta": {
        # A session of this intent begins with it; the union lists only the update.
        "transcription_session.created: no such event",
        # The model is the one of the answer over HTTP, which alone carries a key.
        "transcription_session.updated: session.client_secret: Input should be an object",
    },
}
