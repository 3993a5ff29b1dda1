/** The contract of the console with `rtwidgets/widgets/console.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

export type Activity = "idle" | "listening" | "thinking" | "speaking" | "error" | "closed";

export interface ConsoleTraits extends PanelTraits {
  /** What the session talks to. */
  title: string;
  model_name: string;
  voice: string;
  activity: Activity;
  /** The last error's message until something goes on, or why the session ended. */
  detail: string;
  /** There is an answer to stop. */
  busy: boolean;
  /** One line about usage, for the fold's head. */
  usage: string;
  /** The panels inside, as references that the host can resolve. */
  microphone: string;
  speaker: string;
  waveform: string;
  transcript: string;
  usage_table: string;
}

export type ConsoleToKernel =
  /** The person typed a turn. */
  | { kind: "say"; page: string; text: string }
  /** The person wants silence. */
  | { kind: "interrupt"; page: string };
