"""How much of a conversation fits into a response's context (reference, section 6.4).

Theory of operation. A context is the instructions with the tools, then items from the oldest
to the newest. Where it is too long, ``auto`` leaves the oldest items out until it fits;
``retention_ratio`` leaves out more than it must, so that this happens rarely and what stays
can be cached; ``disabled`` refuses. What was left out once stays out: the model would lose its
cache for every item that came back. The newest item always stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .config import RetentionRatio, SessionConfig
from .items import FunctionCall, FunctionCallOutput, PromptItem

__all__ = ["ContextTooLong", "Window"]

#: What a response may write where the session sets no limit (reference, section 5.1).
MAX_OUTPUT_TOKENS = 4096


class ContextTooLong(ValueError):
    """The context does not fit, and nothing may be left out of it."""


class Window:
    """Which items of a conversation its responses read.

    Args:
        context_tokens: what the model takes, its answer included.
    """

    def __init__(self, context_tokens: int) -> None:
        self.context_tokens = context_tokens
        self._left_out: set[str] = set()

    def limit(self, max_output_tokens: int | None) -> int:
        """Tokens that a context may have beside an answer of ``max_output_tokens``."""
        return max(0, self.context_tokens - (max_output_tokens or MAX_OUTPUT_TOKENS))

    def fit(
        self,
        items: Sequence[PromptItem],
        session: SessionConfig,
        *,
        max_output_tokens: int | None,
        fixed: int,
        tokens: Callable[[PromptItem], int],
        remember: bool,
    ) -> tuple[PromptItem, ...]:
        """The items that a response reads.

        Args:
            fixed: tokens of instructions and tools.
            tokens: tokens of an item.
            remember: whether what is left out now is left out later as well.

        Raises:
            ContextTooLong: with what does not fit, in words.
        """
        budget = self.limit(max_output_tokens) - fixed
        setting = session.truncation
        target = budget
        if isinstance(setting, RetentionRatio):
            if setting.token_limits and isinstance(setting.token_limits.post_instructions, int):
                budget = min(budget, setting.token_limits.post_instructions)
            target = int(budget * setting.retention_ratio)
        if remember and self._left_out and setting != "disabled":
            items = [item for item in items if item.id not in self._left_out]
        sizes = [tokens(item) for item in items]
        total = sum(sizes)
        if total <= budget:
            return tuple(items)
        if setting == "disabled":
            raise ContextTooLong(self._words(fixed + total, max_output_tokens))
        cut = 0
        while cut < len(items) - 1 and total > target:
            total -= sizes[cut]
            cut += 1
        if total > budget:
            raise ContextTooLong(self._words(fixed + total, max_output_tokens))
        called = {item.call_id for item in items[cut:] if isinstance(item, FunctionCall)}
        kept = tuple(
            item
            for item in items[cut:]
            # The output of a function whose call is gone would puzzle the model.
            if not isinstance(item, FunctionCallOutput) or item.call_id in called
        )
        if remember:
            kept_ids = {item.id for item in kept}
            self._left_out |= {str(item.id) for item in items if item.id not in kept_ids}
        return kept

    def _words(self, used: int, max_output_tokens: int | None) -> str:
        return (
            f"The context of {used} tokens is longer than the {self.limit(max_output_tokens)} that "
            f"this model can read beside its answer ({self.context_tokens} in all). Delete items, "
            "or allow truncation."
        )
