/** The contract of the speaker with `rtwidgets/widgets/speaker.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

export interface SpeakerTraits extends PanelTraits {
  /** 0 to 1. */
  volume: number;
  muted: boolean;
  /** Sound is being played, or waits to be. */
  playing: boolean;
  /** The page that plays. */
  owner: string;
  /** How often the sound ran dry in the middle of a reply. */
  underruns: number;
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
  /** Are you there? Answered with `alive`. */
  | { kind: "ping"; page: string };

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
  /** Each 100 ms while something plays, and when everything was played. */
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
  | { kind: "volume"; page: string; volume: number; muted: boolean };
