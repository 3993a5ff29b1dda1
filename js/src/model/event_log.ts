/** The contract of the event log with `rtwidgets/widgets/event_log.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

/** The same fields as `EventRow` in rtwidgets/widgets/event_reader.py. */
export interface EventRow {
  /** Of its first event; the session's first is 0. */
  number: number;
  /** Of its last event. */
  until: number;
  /** How many events it stands for: deltas that follow one another are one row. */
  count: number;
  sent: boolean;
  /** On the session's clock. */
  at_ms: number;
  /** Since the event that is shown before; below 0 for the first. */
  gap_ms: number;
  /** On the wire, in bytes. */
  size: number;
  type: string;
  /** What it says, in one line. */
  text: string;
}

export interface EventFilter {
  /** Types that are not shown. */
  hidden: string[];
  direction: "" | "sent" | "received";
  /** What has to stand in the payload. */
  text: string;
  fold: boolean;
}

/** What was taken out of an event's JSON, and where. */
export interface Cut {
  path: string[];
  what: "sound" | "picture" | "data" | "text";
  bytes: number;
  ms: number;
  /** Which buffer has its peaks; -1 where there are none. */
  buffer: number;
}

export interface EventLogTraits extends PanelTraits {
  /** How many events there were. */
  events: number;
  /** The oldest events, where the log could not keep them. */
  lost: number;
  /** The types that there were, by name. */
  types: string[];
  /** The last rows, for a page without a kernel. */
  tail: EventRow[];
  dialect: string;
  /** Type of an event that can be sent, and its beginning as JSON. */
  templates: Record<string, string>;
  /** The session is over; nothing can be sent. */
  closed: boolean;
  /** Height of the scrolled part, as CSS. */
  height: string;
}

export interface Rows {
  kind: "rows";
  page: string;
  view: string;
  ask: number;
  /** The place of `rows[0]` among the rows of the filter. */
  first: number;
  /** All rows of the filter so far. */
  total: number;
  /** Events that were looked at, of `events`. */
  seen: number;
  events: number;
  rows: EventRow[];
}

/** An opened row; the last buffer beyond those of `cuts` is the sound of all its events. */
export interface Detail {
  kind: "detail";
  page: string;
  view: string;
  number: number;
  until: number;
  /** The log has lost it; nothing below is there then. */
  gone: boolean;
  count: number;
  sent: boolean;
  at_ms: number;
  size: number;
  type: string;
  explanation: string;
  /** The event as JSON; what `cuts` names is empty in it. */
  json: string;
  cuts: Cut[];
  /** The deltas of all its events, in one. */
  joined: string;
  joined_ms: number;
}

/** A piece of what is copied; UTF-8 in the only buffer. */
export interface Raw {
  kind: "raw";
  page: string;
  view: string;
  number: number;
  part: number;
  parts: number;
  complete: boolean;
}

/** What became of an event that was written by hand. */
export interface Answer {
  kind: "answer";
  page: string;
  view: string;
  ask: number;
  /** What is wrong with it; empty where nothing is. */
  problem: string;
  sent: boolean;
}

export type EventLogToPage = Rows | Detail | Raw | Answer;

export type EventLogToKernel =
  /** Rows from `first` on, or with `follow` the last ones. `view` tells this page's views apart. */
  | {
      kind: "range";
      page: string;
      view: string;
      ask: number;
      first: number;
      count: number;
      follow: boolean;
      /** In a pause: how many events there were then; nothing of what came after is told. */
      until: number | null;
      filter: EventFilter;
    }
  /** Open a row. */
  | { kind: "detail"; page: string; view: string; number: number; until: number }
  /** The frames of a row, as they were. */
  | { kind: "copy"; page: string; view: string; number: number; until: number }
  /** Check an event, and send it unless it is only to be checked. */
  | {
      kind: "send";
      page: string;
      view: string;
      ask: number;
      text: string;
      only_check: boolean;
    };
