/** The contract of the transcript with `rtwidgets/widgets/transcript.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

export type Role = "user" | "assistant" | "system" | "call" | "result" | "error";
export type RowState = "final" | "growing" | "pending" | "interrupted" | "incomplete" | "failed";

/** The same fields as `Row` in rtwidgets/widgets/transcript_rows.py. */
export interface Row {
  id: string;
  role: Role;
  /** The function's name, for calls and results. */
  name: string;
  text: string;
  state: RowState;
  /** A remark of ours beside the words. */
  note: string;
}

export interface TranscriptTraits extends PanelTraits {
  /** The window of rows; sent only to a new page and to one that asked. */
  rows: Row[];
  /** Counts the patches that made `rows`; sent only together with them. */
  seq: number;
  /** Height of the scrolled part, as CSS. */
  height: string;
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
  { kind: "resync"; page: string };
