/** The contract of the transcript with `rtwidgets/widgets/transcript.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

export type Role = "user" | "assistant" | "system" | "call" | "result" | "error";
export type RowState = "final" | "growing" | "pending" | "interrupted" | "incomplete" | "failed";

/** A question to a person: may this call run? */
export interface Ask {
  /** What an answer names. */
  key: string;
  state: "pending" | "approved" | "denied" | "expired";
  /** Until nobody's answer is a refusal, in s; -1: it waits as long as it takes. */
  left_s: number;
}

/** The same fields as `Row` in rtwidgets/widgets/transcript_row.py. */
export interface Row {
  id: string;
  role: Role;
  /** The function's name, for calls and results. */
  name: string;
  /** The words, of an answer that was cut those that were heard; the arguments of a call. */
  text: string;
  /** The words after them, which nobody heard. */
  unheard: string;
  state: RowState;
  /** A remark of ours beside the words. */
  note: string;
  /** When it began, on the session's clock; -1 where nobody knows. */
  at_ms: number;
  /** Of the sound, as far as it was heard, or of the call; 0 where there is none. */
  duration_ms: number;
  /** What a call returned. */
  result: string;
  /** Why a call failed. */
  failure: string;
  /** Data URIs. */
  pictures: string[];
  ask: Ask | null;
  /** It can be played again. */
  sound: boolean;
}

export interface TranscriptTraits extends PanelTraits {
  /** The window of rows; sent only to a new page and to one that asked. */
  rows: Row[];
  /** Counts the patches that made `rows`; sent only together with them. */
  seq: number;
  /** Height of the scrolled part, as CSS. */
  height: string;
  /** Items can be deleted, calls allowed. */
  going_on: boolean;
  /** The item that is played again; empty: none. */
  replaying: string;
  /** When the session's clock began, in ms since 1970; 0 where nobody knows. */
  zero_ms: number;
}

/** What makes window `seq` of window `seq - 1`. */
export interface Patch {
  kind: "patch";
  seq: number;
  /** New and changed rows. */
  rows: Row[];
  /** All ids, oldest first; absent where the order is as before. */
  order?: string[];
}

export type TranscriptToPage = Patch;

export type TranscriptToKernel =
  /** A patch was missed: send the whole window. */
  | { kind: "resync"; page: string }
  /** Play this answer again, or end that. */
  | { kind: "replay"; page: string; item_id: string }
  | { kind: "delete"; page: string; item_id: string }
  /** The call that waits under this key may run, or may not. */
  | { kind: "decide"; page: string; key: string; approve: boolean };
