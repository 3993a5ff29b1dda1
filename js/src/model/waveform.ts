/** The contract of the waveform with `rtwidgets/widgets/waveform.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

export interface WaveformTraits extends PanelTraits {
  /** The reply item that is shown; empty before the first. */
  item_id: string;
  /** Which reply it is, in words. */
  label: string;
  /** Signed bytes low, high of each bucket. */
  peaks: DataView;
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
