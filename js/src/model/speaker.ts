/** The contract of the speaker with `rtwidgets/widgets/speaker.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

export interface SpeakerTraits extends PanelTraits {
  /** 0 to 1. */
  volume: number;
  muted: boolean;
  /** Sound is being played, or waits to be. */
  playing: boolean;
  /** An answer is being made, and there is no sound of it yet. */
  thinking: boolean;
  /** How much was heard of the answer that was cut last, in ms; -1 once another one begins. */
  interrupted_ms: number;
  /** The page that plays. */
  owner: string;
  /** How often the sound ran dry in the middle of a reply. */
  underruns: number;
  /** Sound that never reached the page, in ms. */
  lost_ms: number;
  /** The newest reply that can be played again; empty when there is none. */
  latest: string;
  /** The item that is played again; empty when none is. */
  replaying: string;
  /** A sentence about what the person should know. */
  notice: string;
}

/** What became of an item's samples since the last report. */
export interface ItemCount {
  item_id: string;
  received: number;
  played: number;
  dropped: number;
}

export type SpeakerToPage =
  /**
   * PCM16 of one item in the only buffer, which may be empty; `last`: the item has no more.
   * Sound of an older `gen` than the page's is dropped.
   */
  | {
      kind: "audio";
      page: string;
      seq: number;
      gen: number;
      item_id: string;
      rate: number;
      last: boolean;
    }
  /** Be silent at once; answered with `stopped`. */
  | { kind: "stop"; page: string; gen: number }
  /**
   * Are you there? Answered with `alive`, and with `ack` when audio messages from `since` up to
   * the one before `seq` are not acknowledged yet.
   */
  | { kind: "ping"; page: string; seq: number; since: number };

export type SpeakerToKernel =
  | { kind: "hello"; page: string }
  | { kind: "bye"; page: string }
  | { kind: "alive"; page: string }
  /** This page cannot play; `message` says why. */
  | { kind: "failed"; page: string; message: string }
  /** The person wants to hear it in this page. */
  | { kind: "claim"; page: string }
  /** Audio messages up to `seq` arrived, but for those `missing` since the last answer. */
  | { kind: "ack"; page: string; seq: number; missing: number[] }
  /**
   * Each 100 ms while something plays, and when everything was played; `underruns` are those
   * since the last report.
   */
  | {
      kind: "played";
      page: string;
      gen: number;
      items: ItemCount[];
      waiting: number;
      underruns: number;
    }
  /**
   * Silent since now. `item_id` was at the loudspeaker, `latency_s` of what counts as played was
   * still on its way there.
   */
  | {
      kind: "stopped";
      page: string;
      gen: number;
      items: ItemCount[];
      item_id: string;
      latency_s: number;
      underruns: number;
    }
  | { kind: "volume"; page: string; volume: number; muted: boolean }
  /** Play a reply again; an empty `item_id` is the newest one. */
  | { kind: "replay"; page: string; item_id: string };
