"""The parameters of one ``response.create`` (reference, section 3.8)."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from .config import AnyTool, AudioConfig, MaxTokens, Modality, Reasoning, StoredPrompt, ToolChoice
from .items import ItemOrReference, Metadata

__all__ = ["ResponseConfig"]


class ResponseConfig(Struct, frozen=True, kw_only=True):
    """What differs from the session for this response only.

    ``input`` replaces the conversation as context (``[]`` is no context at all);
    ``conversation="none"`` keeps the answer out of the conversation.
    ``temperature`` exists in the beta dialect only.
    """

    conversation: Literal["auto", "none"] | UnsetType = UNSET
    input: tuple[ItemOrReference, ...] | None | UnsetType = UNSET
    instructions: str | None | UnsetType = UNSET
    output_modalities: tuple[Modality, ...] | UnsetType = UNSET
    audio: AudioConfig | UnsetType = UNSET
    tools: tuple[AnyTool, ...] | None | UnsetType = UNSET
    tool_choice: ToolChoice | UnsetType = UNSET
    parallel_tool_calls: bool | UnsetType = UNSET
    reasoning: Reasoning | UnsetType = UNSET
    max_output_tokens: MaxTokens | UnsetType = UNSET
    temperature: Annotated[float, Meta(ge=0.6, le=1.2)] | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET
    prompt: StoredPrompt | None | UnsetType = UNSET
