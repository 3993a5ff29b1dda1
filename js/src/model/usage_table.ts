/** The contract of the usage table with `rtwidgets/widgets/usage_table.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

/** Tokens of one response, or of all. */
export interface UsageCounts {
  text_in: number;
  audio_in: number;
  image_in: number;
  /** The part of the input that was cached. */
  cached_in: number;
  text_out: number;
  audio_out: number;
  total: number;
  /** What it cost, in words. */
  money: string;
}

export interface UsageLine extends UsageCounts {
  response_id: string;
  /** Counts the responses of the session from 1. */
  number: number;
  status: string;
}

export interface UsageTableTraits extends PanelTraits {
  /** The last responses, oldest first. */
  rows: UsageLine[];
  /** How many older responses are in the total only. */
  older: number;
  total: UsageCounts;
  /** What writing down the user's words used, in words; empty where nothing was. */
  transcription: string;
}
