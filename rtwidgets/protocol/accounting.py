"""How many tokens a context and an answer are, by the documented rates (reference, section 6).

User sound counts one token for each 100 ms, assistant sound one for each 50 ms; text is
counted by the language model's own tokenizer. What an earlier response has already read,
from the beginning on and unchanged, counts as cached, in steps of 64 as on the real wire.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from .config import Tool
from .items import (
    CachedTokens,
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputImage,
    InputTokenDetails,
    Item,
    OutputAudio,
    OutputTokenDetails,
    Usage,
)

__all__ = ["Accountant", "assistant_audio_tokens", "user_audio_tokens"]

_CACHE_STEP = 64
#: The reference found no published count for a picture; this is a plain stand-in.
_IMAGE_TOKENS = 256


def user_audio_tokens(duration_ms: float) -> int:
    """Tokens of ``duration_ms`` that the user spoke."""
    return int(duration_ms // 100)


def assistant_audio_tokens(duration_ms: float) -> int:
    """Tokens of ``duration_ms`` that the model spoke."""
    return int(duration_ms // 50)


class _Block(Struct, frozen=True):
    """One piece of a context: what identifies it, and its tokens by modality."""

    key: str
    text: int = 0
    audio: int = 0
    image: int = 0


class Accountant:
    """Counts what each response reads and writes, and remembers what can be cached."""

    def __init__(self, count_tokens: Callable[[str], int]) -> None:
        self._count = count_tokens
        self._last_context: list[_Block] = []

    def read(
        self,
        *,
        instructions: str,
        tools: Sequence[Tool],
        items: Sequence[Item],
        sound_ms: Callable[[str], float],
    ) -> InputTokenDetails:
        """Tokens of a context; ``sound_ms`` gives how long an item sounds."""
        schema = msgspec.json.encode(tools).decode() if tools else ""
        context = [_Block(instructions + schema, text=self._text(instructions + schema))]
        context += [self._block(item, sound_ms) for item in items]
        cached = self._cached(context)
        self._last_context = context
        return InputTokenDetails(
            text_tokens=sum(block.text for block in context),
            audio_tokens=sum(block.audio for block in context),
            image_tokens=sum(block.image for block in context),
            cached_tokens=cached.text_tokens + cached.audio_tokens + cached.image_tokens,
            cached_tokens_details=cached,
        )

    def usage(self, read: InputTokenDetails, *, text: str, sound_ms: float) -> Usage:
        """The usage of a response that read ``read`` and wrote ``text`` and sound."""
        written = OutputTokenDetails(
            text_tokens=self._text(text), audio_tokens=assistant_audio_tokens(sound_ms)
        )
        input_tokens = read.text_tokens + read.audio_tokens + read.image_tokens
        output_tokens = written.text_tokens + written.audio_tokens
        return Usage(
            total_tokens=input_tokens + output_tokens,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            input_token_details=read,
            output_token_details=written,
        )

    def _text(self, text: str) -> int:
        return self._count(text) if text else 0

    def _block(self, item: Item, sound_ms: Callable[[str], float]) -> _Block:
        key = item.id if isinstance(item.id, str) else ""
        if isinstance(item, FunctionCall):
            return _Block(key, text=self._text(item.name + item.arguments))
        if isinstance(item, FunctionCallOutput):
            return _Block(key, text=self._text(item.output))
        text = audio = image = 0
        for part in item.content:
            if isinstance(part, InputAudio):
                audio += user_audio_tokens(sound_ms(key))
            elif isinstance(part, OutputAudio):
                audio += assistant_audio_tokens(sound_ms(key))
            elif isinstance(part, InputImage):
                image += _IMAGE_TOKENS
            else:
                text += self._text(part.text)
        return _Block(f"{key} {text} {audio} {image}", text, audio, image)

    def _cached(self, context: list[_Block]) -> CachedTokens:
        text = audio = image = 0
        for old, new in zip(self._last_context, context, strict=False):
            if old != new:
                break
            text, audio, image = text + new.text, audio + new.audio, image + new.image
        return CachedTokens(
            text_tokens=text // _CACHE_STEP * _CACHE_STEP,
            audio_tokens=audio // _CACHE_STEP * _CACHE_STEP,
            image_tokens=image // _CACHE_STEP * _CACHE_STEP,
        )
