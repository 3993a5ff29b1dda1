/** What the page and its audio thread say to each other. */

import type { ItemCount } from "../model";

export const CAPTURE = "rtwidgets-capture";
export const PLAYBACK = "rtwidgets-playback";

export interface CaptureOptions {
  /** Samples a second that come out, in Hz. */
  rate: number;
  /** Samples in one frame. */
  frameLength: number;
}

export type PlaybackCommand =
  | { kind: "audio"; item_id: string; samples: Int16Array; gen: number; last: boolean }
  | { kind: "stop"; gen: number };

export interface PlaybackReport {
  kind: "played" | "stopped";
  gen: number;
  /** What became of samples since the last report. */
  items: ItemCount[];
  /** The item that was read last. */
  item_id: string;
  /** Samples that wait. */
  waiting: number;
  underruns: number;
  /** Samples come out at this moment. */
  flowing: boolean;
}
