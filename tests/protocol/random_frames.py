"""What a random client says: what a correct one would, and frames that are broken.

Most of what is drawn is legal, so that sessions get somewhere; ``rarely`` puts in what a server
has to refuse, and ``spoil`` breaks a frame in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET

from rtwidgets.protocol import events as on
from rtwidgets.protocol.config import (
    PCM16_24K,
    AudioConfig,
    AudioFormat,
    AudioInput,
    AudioOutput,
    RetentionRatio,
    SessionConfig,
    Tool,
    ToolChoiceFunction,
    Transcription,
    TurnDetection,
)
from rtwidgets.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputImage,
    InputText,
    ItemReference,
    Message,
    OutputText,
)
from rtwidgets.protocol.mcp_config import McpTool
from rtwidgets.protocol.mcp_items import ListedTool, McpApprovalResponse
from rtwidgets.protocol.response_config import ResponseConfig
from tests.pair import VOICES
from tests.protocol.strategies import JSON

__all__ = [
    "ASKING",
    "FRAMES",
    "LISTED",
    "TOOL",
    "TRUSTED",
    "WHISPER",
    "WORDS",
    "good_events",
    "items",
    "rarely",
    "response_configs",
    "session_configs",
    "spoil",
]

WORDS = st.sampled_from(
    ["", "yes", "no ", "what is it?", "na\udcefve ", "\U0001f600", "word " * 30]
)
PICTURE = "data:image/png;base64,iVBORw0KGgo="
FORMATS = st.sampled_from(
    [PCM16_24K, AudioFormat(type="audio/pcmu"), AudioFormat(type="audio/pcma")]
)
WHISPER = Transcription(model="whisper-1")
TOOL = Tool(name="weather", parameters={"type": "object", "properties": {}})
TRUSTED = McpTool(server_label="s", server_url="https://s.test", require_approval="never")
ASKING = McpTool(server_label="t", server_url="https://t.test")
#: Tools of a session or a response; only GA knows MCP servers.
TOOLS = {
    False: st.sampled_from([UNSET, (), (TOOL,)]),
    True: st.sampled_from([*[UNSET] * 6, (), (TOOL,), (TRUSTED,), (TOOL, TRUSTED, ASKING)]),
}
LISTED = (ListedTool(name="look"), ListedTool(name="weather"))
CHOICES = st.sampled_from(
    ["auto", "none", "required", ToolChoiceFunction(name="weather"), ToolChoiceFunction(name="x")]
)
DETECTIONS = st.none() | st.builds(
    TurnDetection,
    type=st.sampled_from(["server_vad", "semantic_vad"]),
    create_response=st.booleans(),
    interrupt_response=st.booleans(),
)
FRAMES = st.sampled_from(
    [
        "",
        "{",
        "[]",
        "null",
        '{"type": 7}',
        '{"type": "session.updated"}',
        '{"type": "response.create", "response": 1e400}',
        '{"type": "response.create", "response": {"max_output_tokens": 1' + "0" * 400 + "}}",
        "[" * 5000,
        '{"type":"session.update","session":' + '{"a":' * 3000 + "1" + "}" * 3001,
        "\ud800",
        b"\xff\xfe",
        '{"type":"response.cancel","event_id":"\\ud800"}',
    ]
)


def rarely(value: Any) -> st.SearchStrategy[Any]:
    """Mostly nothing, now and then a value that is to be refused."""
    return st.sampled_from([UNSET] * 11 + [value])


def session_configs(*, ga: bool) -> st.SearchStrategy[SessionConfig]:
    """Any settings of a session together."""
    cut = st.sampled_from([UNSET, "auto", "disabled", RetentionRatio(retention_ratio=0.5)])
    heard = st.builds(
        AudioInput,
        format=st.just(UNSET) | FORMATS,
        transcription=st.sampled_from([UNSET, None, WHISPER]),
        turn_detection=st.just(UNSET) | DETECTIONS,
    )
    spoken = st.builds(
        AudioOutput,
        format=st.just(UNSET) | FORMATS,
        voice=rarely("darth") | st.sampled_from(VOICES[:2]),
        speed=rarely(9.0),
    )
    return st.builds(
        SessionConfig,
        type=st.just("realtime"),
        output_modalities=st.sampled_from([UNSET, ("text",), ("audio",)]),
        instructions=st.sampled_from([UNSET, "", "Be brief."]),
        tools=TOOLS[ga],
        tool_choice=st.just(UNSET) | CHOICES,
        max_output_tokens=rarely(4097) | st.sampled_from([1, 4096, "inf"]),
        truncation=cut if ga else st.just(UNSET),
        audio=st.builds(AudioConfig, input=heard, output=spoken),
    )


def response_configs(
    brought: st.SearchStrategy[Any], known: Sequence[str], *, ga: bool
) -> st.SearchStrategy[ResponseConfig]:
    """Any parameters of a response together; ``known`` are ids that it may refer to."""
    referred = st.builds(ItemReference, id=st.sampled_from(known))
    spoken = st.builds(
        AudioOutput,
        format=st.just(UNSET) | FORMATS,
        voice=st.sampled_from([UNSET, VOICES[1]]),
    )
    return st.builds(
        ResponseConfig,
        conversation=st.sampled_from([UNSET, "none"]),
        input=st.just(UNSET) | st.lists(brought | referred, max_size=3).map(tuple),
        output_modalities=st.sampled_from([UNSET, ("text",), ("audio",)]),
        tools=TOOLS[ga],
        tool_choice=st.just(UNSET) | CHOICES,
        max_output_tokens=rarely(0) | st.just(1),
        metadata=rarely({str(n): "" for n in range(17)}) | st.just({"a": "b"}),
        audio=st.builds(AudioConfig, output=spoken),
    )


def items(
    own: Sequence[str], calls: Sequence[str], asked: Sequence[str], *, ga: bool
) -> st.SearchStrategy[Any]:
    """Items of every kind, under ids of ``own`` or none.

    Outputs answer one of ``calls``, consent one of ``asked``.
    """
    item_id = st.just(UNSET) | st.sampled_from(own)
    said = st.builds(InputText, text=WORDS.filter(str.isprintable))
    heard = st.builds(InputAudio, audio=st.integers(0, 5000).map(bytes))
    seen = [st.just(InputImage(image_url=PICTURE))] if ga else []
    consent = st.builds(
        McpApprovalResponse,
        id=item_id,
        approval_request_id=st.sampled_from(asked),
        approve=st.booleans(),
    )
    return st.one_of(
        st.builds(
            Message,
            id=item_id,
            role=st.just("user"),
            content=st.lists(st.one_of(said, heard, *seen), max_size=3).map(tuple),
        ),
        st.builds(Message, id=item_id, role=st.just("system"), content=st.tuples(said)),
        st.builds(
            Message,
            id=item_id,
            role=st.just("assistant"),
            content=st.just((OutputText(text="So I said."),)),
        ),
        st.builds(
            FunctionCall,
            id=item_id,
            name=st.just("weather"),
            call_id=st.sampled_from([UNSET, f"call_of_{own[0]}"]),
            arguments=st.just("{}"),
        ),
        st.builds(
            FunctionCallOutput,
            id=item_id,
            call_id=st.sampled_from(calls),
            output=st.just("dry"),
        ),
        *([consent] if ga else []),
    )


def good_events(session: SessionConfig, item: Any) -> list[on.ClientEvent]:
    """Events that can be spoiled."""
    request = ResponseConfig(input=(item,), tools=(TOOL,))
    return [
        on.SessionUpdate(event_id="e", session=session),
        on.ConversationItemCreate(event_id="e", item=item),
        on.ResponseCreate(event_id="e", response=request),
        on.InputAudioBufferAppend(event_id="e", audio=b"\0\0"),
        on.ResponseCancel(event_id="e", response_id="resp_1"),
    ]


def spoil(raw: Any, data: st.DataObject) -> None:
    """Change one place of a frame."""
    while isinstance(raw, dict | list) and raw:
        keys = sorted(raw) if isinstance(raw, dict) else range(len(raw))
        key = data.draw(st.sampled_from(keys))
        if isinstance(raw[key], dict | list) and raw[key] and data.draw(st.booleans()):
            raw = raw[key]
            continue
        how = data.draw(st.sampled_from(["drop", "replace", "add", "nest"]))
        if how == "drop":
            del raw[key]
        elif how == "nest":
            raw[key] = [raw[key]]
        elif how == "add" and isinstance(raw, dict):
            raw[data.draw(st.sampled_from(["object", "status", "id", "extra"]))] = data.draw(JSON)
        else:
            raw[key] = data.draw(JSON)
        return
