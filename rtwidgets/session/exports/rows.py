"""Tables of a session: rows that are plain dicts, and pandas where it is installed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from typing import Any

import msgspec

from ...errors import RealtimeError
from ...protocol.items import Usage
from ..events.wire_event import WireEvent
from ..money.prices import price, transcription_price
from ..money.usage import SessionUsage
from ..records.record import Record

__all__ = ["event_rows", "frame", "turn_rows", "usage_rows"]


class _Named(msgspec.Struct):
    id: str | None = None


class _Ids(msgspec.Struct):
    """What names an event and what it is about."""

    type: str = ""
    event_id: str | None = None
    item_id: str | None = None
    response_id: str | None = None
    item: _Named | None = None
    response: _Named | None = None


_ids = msgspec.json.Decoder(_Ids).decode


def event_rows(events: Iterable[WireEvent]) -> list[dict[str, Any]]:
    """One row an event; times are in ms of the session's clock, sizes in bytes."""
    rows = []
    for number, event in enumerate(events, 1):
        try:
            ids = _ids(event.raw)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            ids = _Ids(type=event.type)
        item_id, response_id = ids.item_id, ids.response_id
        if ids.item is not None:
            item_id = ids.item.id
        if ids.response is not None:
            response_id = ids.response.id
        rows.append(
            {
                "number": number,
                "at_ms": round(event.at_ms, 3),
                "direction": event.direction,
                "type": ids.type,
                "size": event.size,
                "event_id": ids.event_id,
                "response_id": response_id,
                "item_id": item_id,
            }
        )
    return rows


def turn_rows(record: Record) -> list[dict[str, Any]]:
    """One row a turn; see ``Exchange`` for the columns."""
    rows = []
    for exchange in record.exchanges:
        row = {
            f.name: getattr(exchange, f.name)
            for f in fields(exchange)
            if f.name not in ("usage", "money", "response_ids", "tools")
        }
        row["tools"] = ", ".join(exchange.tools)
        rows.append({**row, **_counts(exchange.usage), "money": exchange.money})
    return rows


def usage_rows(usage: SessionUsage) -> list[dict[str, Any]]:
    """One row a response, then one a transcription; cached tokens are a part of the input."""
    rows = []
    for number, row in enumerate(usage.rows, 1):
        model = row.model or usage.model
        cost = Decimal(0) if usage.free else getattr(price(row.usage, model), "usd", None)
        rows.append(
            {
                "kind": "response",
                "number": number,
                "id": row.response_id,
                "status": row.status,
                "model": model,
                **_counts(row.usage),
                "seconds": None,
                "usd": None if cost is None else float(cost),
            }
        )
    for number, line in enumerate(usage.transcriptions, 1):
        known = transcription_price(line.usage, line.model)
        cost = Decimal(0) if usage.free else getattr(known, "usd", None)
        rows.append(
            {
                "kind": "transcription",
                "number": number,
                "id": line.item_id,
                "status": "completed",
                "model": line.model,
                **dict.fromkeys(_counts(Usage())),
                "total_tokens": line.tokens or None,
                "seconds": line.seconds or None,
                "usd": None if cost is None else float(cost),
            }
        )
    return rows


def _counts(usage: Usage) -> dict[str, int]:
    taken, made = usage.input_token_details, usage.output_token_details
    return {
        "text_in": usage.input_tokens - taken.audio_tokens - taken.image_tokens,
        "audio_in": taken.audio_tokens,
        "image_in": taken.image_tokens,
        "cached_in": taken.cached_tokens,
        "text_out": usage.output_tokens - made.audio_tokens,
        "audio_out": made.audio_tokens,
        "total_tokens": usage.total_tokens,
    }


def frame(rows: list[dict[str, Any]]) -> Any:
    """A pandas ``DataFrame``; ``RealtimeError`` says how to do without where there is none.

    Counts are whole numbers also where a row has none: a column with a gap would become one of
    floats.
    """
    try:
        import pandas as pd  # type: ignore[import-untyped]  # no stubs are installed
    except ImportError:
        raise RealtimeError(
            "pandas is not installed: pip install pandas, or take to_rows(...), "
            "which gives the same as a list of dicts"
        ) from None
    made = pd.DataFrame(rows)
    counts = [name for name in _counts(Usage()) if name in made.columns]
    return made.astype(dict.fromkeys(counts, "Int64"))
