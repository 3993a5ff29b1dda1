/** What the page and its audio thread say to each other. */

import type { ItemCount } from "../model";

export const CAPTURE = "rtwidgets-capture";
export const PLAYBACK = "rtwidgets-playback";

export interface CaptureOptions {
  /** Samples a second that come out, in Hz. */
  rate: number;
  /** Samples in one frame. */
  frameLength: number;
  /** The noise gate opens at so many dB of full scale; `undefined` without one. */
  gateDb: number | undefined;
}

export type CaptureCommand = { kind: "stop" } | { kind: "gate"; db: number | undefined };

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
  /** How often it ran dry since the last report. */
  underruns: number;
  /** How much must wait before sound starts, in s. */
  prime: number;
  /** Samples come out at this moment. */
  flowing: boolean;
}
