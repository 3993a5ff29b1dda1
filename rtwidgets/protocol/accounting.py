"""How many tokens a context and an answer are, by the documented rates (reference, section 6).

User sound counts one token for each 100 ms, assistant sound one for each 50 ms; text is
counted by the language model's own tokenizer. What an earlier response has already read,
from the beginning on and unchanged, counts as cached, in steps of 64 as on the real wire.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from .config import Tool
from .items import (
    CachedTokens,
    FunctionCall,
    FunctionCallOutput,
    InputImage,
    InputText,
    InputTokenDetails,
    OutputAudio,
    OutputText,
    OutputTokenDetails,
    PromptItem,
    Usage,
)

__all__ = ["Accountant", "assistant_audio_tokens", "user_audio_tokens"]

_CACHE_STEP = 64
#: Contexts that the cache remembers: responses beside the conversation have their own.
_CONTEXTS = 4
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

    key: tuple[object, ...]
    text: int = 0
    audio: int = 0
    image: int = 0

    @property
    def total(self) -> int:
        """Tokens of all modalities."""
        return self.text + self.audio + self.image


class Accountant:
    """Counts what each response reads and writes, and remembers what can be cached.

    Args:
        count_tokens: tokens of a text.
        sound_ms: how long the sound of an item is, by its id.
    """

    def __init__(
        self, count_tokens: Callable[[str], int], sound_ms: Callable[[str], float]
    ) -> None:
        self._count = count_tokens
        self._sound_ms = sound_ms
        self._contexts: deque[list[_Block]] = deque(maxlen=_CONTEXTS)
        self._first: _Block | None = None
        self._counted: dict[str, tuple[PromptItem, float, _Block]] = {}

    def fixed(self, instructions: str, tools: Sequence[Tool]) -> int:
        """Tokens of what stands before the items."""
        return self._head(instructions, tools).total

    def size(self, item: PromptItem) -> int:
        """Tokens of an item."""
        return self._block(item).total

    def read(
        self, *, instructions: str, tools: Sequence[Tool], items: Sequence[PromptItem]
    ) -> InputTokenDetails:
        """Tokens of a context, which the next one may find in the cache."""
        context = [self._head(instructions, tools), *map(self._block, items)]
        cached = self._cached(context)
        self._contexts.append(context)
        return InputTokenDetails(
            text_tokens=sum(block.text for block in context),
            audio_tokens=sum(block.audio for block in context),
            image_tokens=sum(block.image for block in context),
            cached_tokens=cached.text_tokens + cached.audio_tokens + cached.image_tokens,
            cached_tokens_details=cached,
        )

    def forget(self, item_id: str) -> None:
        """The item will not be read again."""
        self._counted.pop(item_id, None)

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

    def _head(self, instructions: str, tools: Sequence[Tool]) -> _Block:
        text = instructions + (msgspec.json.encode(tools).decode() if tools else "")
        if self._first is None or self._first.key != (text,):
            self._first = _Block((text,), text=self._text(text))
        return self._first

    def _block(self, item: PromptItem) -> _Block:
        """Counted once, and again when the item was replaced or its sound cut."""
        item_id = str(item.id)
        sound_ms = self._sound_ms(item_id)
        old = self._counted.get(item_id)
        if old is not None and old[0] is item and old[1] == sound_ms:
            return old[2]
        block = self._new_block(item, sound_ms)
        self._counted[item_id] = (item, sound_ms, block)
        return block

    def _new_block(self, item: PromptItem, sound_ms: float) -> _Block:
        if isinstance(item, FunctionCall):
            words = item.name + item.arguments
            return _Block((item.call_id, words), text=self._text(words))
        if isinstance(item, FunctionCallOutput):
            return _Block((item.call_id, item.output), text=self._text(item.output))
        text = audio = image = 0
        key: list[object] = [item.role]
        for part in item.content:
            if isinstance(part, InputImage):
                image += _IMAGE_TOKENS
                key.append(part.image_url)
            elif isinstance(part, InputText | OutputText):
                text += self._text(part.text)
                key.append(part.text)
            elif not audio:  # all sound of an item is kept as one
                spoken = isinstance(part, OutputAudio)
                audio = (assistant_audio_tokens if spoken else user_audio_tokens)(sound_ms)
                key.append((item.id, sound_ms))
        return _Block(tuple(key), text, audio, image)

    def _cached(self, context: list[_Block]) -> CachedTokens:
        """The longest beginning that an earlier context had as well."""
        best, most = CachedTokens(), 0
        for old in self._contexts:
            text = audio = image = 0
            for a, b in zip(old, context, strict=False):
                if a != b:
                    break
                text, audio, image = text + b.text, audio + b.audio, image + b.image
            if text + audio + image > most:
                most = text + audio + image
                best = CachedTokens(
                    text_tokens=text // _CACHE_STEP * _CACHE_STEP,
                    audio_tokens=audio // _CACHE_STEP * _CACHE_STEP,
                    image_tokens=image // _CACHE_STEP * _CACHE_STEP,
                )
        return best
