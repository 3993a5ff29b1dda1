/** The contract of the usage table with `rtwidgets/widgets/usage_table.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

/** Tokens and money of one response, or of several; cached tokens are a part of `in`. */
export interface UsageCounts {
  text_in: number;
  text_cached: number;
  text_out: number;
  audio_in: number;
  audio_cached: number;
  audio_out: number;
  image_in: number;
  image_cached: number;
  /** Cached tokens of which the server did not say the kind. */
  untold_cached: number;
  total: number;
  /** What it cost, in words. */
  money: string;
  /** The same in US dollars, exact and without a sign; empty where no price is known. */
  usd: string;
  /** How the money was worked out. */
  formula: string;
  /** Whose prices they are, a key of `rates`; empty where its prices do not make up the money. */
  prices: string;
}

export interface UsageLine extends UsageCounts {
  response_id: string;
  /** Counts the responses of the session from 1. */
  number: number;
  status: string;
}

/** What writing down the user's words used. */
export interface UsageTranscription {
  used: string;
  money: string;
  usd: string;
  formula: string;
}

export interface UsageBudget {
  spent: string;
  limit: string;
  /** What is spent of it, 1 is all. */
  share: number;
  /** The share at which there is a warning. */
  warn_at: number;
}

export interface UsageLimits {
  /** When the server told them, on the session's clock. */
  at: string;
  rows: { name: string; limit: number; remaining: number; reset_seconds: number }[];
}

type Empty = Record<string, never>;

export interface UsageTableTraits extends PanelTraits {
  /** The last responses, oldest first. */
  rows: UsageLine[];
  /** How many older responses are one row. */
  older: number;
  older_total: UsageCounts | Empty;
  /** They one by one, for a copy: exact, tab-separated, a line each below a head of names. */
  older_lines: string;
  /** All responses; its money has transcription in it as well. */
  total: UsageCounts | Empty;
  transcription: UsageTranscription | Empty;
  /** US dollars for a million tokens (`$4.00`), by model and kind (`text in, cached`). */
  rates: Record<string, Record<string, string>>;
  /** The model whose prices are taken, as if it had used the tokens; empty: as it was. */
  prices_of: string;
  /** The context and the next turn, in one line. */
  facts: string;
  forecast: { text: string; reason: string } | Empty;
  budget: UsageBudget | Empty;
  limits: UsageLimits | Empty;
}
