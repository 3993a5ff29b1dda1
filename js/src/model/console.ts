/** The contract of the console with `rtwidgets/widgets/console.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

export type Activity = "idle" | "listening" | "thinking" | "speaking" | "error" | "closed";

/** The panels that stand in tabs, by their words. */
export type ConsoleTab = "timeline" | "event_log" | "usage_table" | "session_panel";
export type ConsolePanel = "microphone" | "speaker" | "waveform" | "transcript" | ConsoleTab;

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
  /** A recording: it cannot be talked to. */
  replay: boolean;
  /** One line about usage. */
  usage: string;
  /** The page remembers the arrangement by it. */
  name: string;
  /** The panels in tabs, in order. */
  tabs: ConsoleTab[];
  /** The panels inside, as references that the host can resolve; null: not in this console. */
  microphone: string | null;
  speaker: string | null;
  waveform: string | null;
  transcript: string | null;
  timeline: string | null;
  event_log: string | null;
  usage_table: string | null;
  session_panel: string | null;
}

export type ConsoleToKernel =
  /** The person typed a turn. */
  | { kind: "say"; page: string; text: string }
  /** The person wants silence. */
  | { kind: "interrupt"; page: string }
  /** A view has this tab open now; empty where all are folded. */
  | { kind: "look"; page: string; view: string; tab: string }
  /** A view has ended. */
  | { kind: "leave"; page: string; view: string };
