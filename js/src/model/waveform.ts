/** The contract of the waveform with `rtwidgets/widgets/waveform.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

export interface WaveformTraits extends PanelTraits {
  /** Whose sound it shows. */
  side: "model" | "user";
  /** The sound that is shown; empty before the first. */
  item_id: string;
  /** Which one it is, in words. */
  label: string;
  /** How many came before it. */
  before: number;
  /** How many came after it. */
  after_it: number;
  /** Signed bytes low, high of each bucket. */
  peaks: string;
  /** Length of a bucket, in ms. */
  bucket_ms: number;
  /** Length of the sound that arrived, in ms. */
  duration_ms: number;
  /** More of it is to come. */
  arriving: boolean;
  /** Where it was interrupted, in ms; -1 where it was not. */
  cut_ms: number;
  /** How much was heard, in ms; -1 where nobody plays. */
  played_ms: number;
  playing: boolean;
}

/** A stretch of a sound, in ms from its beginning. */
export interface WaveformStretch {
  item_id: string;
  from_ms: number;
  to_ms: number;
}

export type WaveformToPage =
  /** The answer to `range`: signed bytes low, high of each column. */
  | (WaveformStretch & { kind: "window"; page: string; seq: number })
  /** The answer to `spectrogram`: a byte for each place, row by row from `top_hz` down to 0. */
  | (WaveformStretch & {
      kind: "image";
      page: string;
      seq: number;
      columns: number;
      rows: number;
      top_hz: number;
    });

export type WaveformToKernel =
  /** Show the sound so many after this one, or before it. */
  | { kind: "pick"; page: string; step: number }
  | (WaveformStretch & { kind: "range"; page: string; seq: number; columns: number })
  | (WaveformStretch & {
      kind: "spectrogram";
      page: string;
      seq: number;
      columns: number;
      rows: number;
    });
