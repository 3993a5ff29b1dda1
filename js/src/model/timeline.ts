/** The contract of the timeline with `rtwidgets/widgets/timeline.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

/**
 * From, to (ms of the session), words, and a kind: for a step of an answer which one, for a tool
 * and a break 1 where it went wrong.
 */
export type SpanFields = [number, number, string, number];

/** When (ms of the session), what happened, whether it was sent, whether it is sound alone. */
export type TickFields = [number, string, boolean, boolean];

/** What is to be seen in a stretch, but for the waves. */
export interface TimelineSpans {
  from_ms: number;
  to_ms: number;
  speeches: SpanFields[];
  responses: SpanFields[];
  tools: SpanFields[];
  waits: SpanFields[];
  ticks: TickFields[];
  cuts: number[];
  /** Where nobody was connected, or the talk went on over another connection. */
  breaks: SpanFields[];
}

export interface TimelineTraits extends PanelTraits {
  /** The last moment that is known, in ms of the session. */
  end_ms: number;
  /** The session goes on. */
  live: boolean;
  /** The whole session, for a page that has no kernel; empty before there is any. */
  overview: TimelineSpans | Record<string, never>;
  /** Its waves: signed bytes low, high of each column, in base64. */
  overview_user: string;
  overview_heard: string;
  overview_rest: string;
}

/** The answer to `range`; its buffers are the microphone, what was heard, and what was not. */
export type TimelineToPage = TimelineSpans & {
  kind: "window";
  page: string;
  seq: number;
  end_ms: number;
};

export type TimelineToKernel =
  /** Show this stretch in so many columns; `seq` comes back with it. */
  { kind: "range"; page: string; seq: number; from_ms: number; to_ms: number; columns: number };
