/**
 * The contract with Python: the traits of each widget and the messages both ways.
 *
 * A trait is written by the kernel and read by the page. What a person does in the page, and
 * every stream, is a message `{ kind, ... }` with binary buffers beside it. `page` is the random
 * token of one page: messages reach every page that shows a panel, and only the page that is
 * named acts. No message has a field `id` (the widget runtime keeps that for itself).
 *
 * One section per widget, in the order of the Python package; `tests/widgets/test_contract.py`
 * reads the interfaces `<Widget>Traits` and the unions `<Widget>ToPage` and `<Widget>ToKernel`
 * and compares their names with the Python classes.
 */

// ---- every panel ------------------------------------------------------------------------------

export interface PanelTraits {
  /** Tells a panel from every other one in the page. */
  panel_id: string;
  /** What went wrong in a Python callback; empty when nothing did. */
  problem: string;
}

// ---- microphone -------------------------------------------------------------------------------

export type Mode = "hands_free" | "push_to_talk";

export interface MicrophoneTraits extends PanelTraits {
  /** Who ends a turn: the server's voice detection, or the person's button. */
  mode: Mode;
  echo_cancellation: boolean;
  noise_suppression: boolean;
  auto_gain_control: boolean;
  /** Samples a second that the session wants, in Hz. */
  rate: number;
  /** Length of one frame, in ms. */
  frame_ms: number;
  /** A page records at this moment. */
  recording: boolean;
  /** The page that records, or recorded last. */
  owner: string;
  /** The server hears speech. */
  speaking: boolean;
  /** Frames of this recording that never reached the kernel. */
  frames_lost: number;
  /** A sentence about something that the person should know; empty when there is nothing. */
  notice: string;
  /** The session is over; nothing can be sent any more. */
  closed: boolean;
}

export type MicrophoneToPage =
  /** Open the microphone in this page. */
  | { kind: "start"; page: string }
  /** Close it. */
  | { kind: "stop"; page: string }
  /** The talk button is pressed or released from Python. */
  | { kind: "press"; page: string }
  | { kind: "release"; page: string }
  /** The kernel has every frame up to `seq` or has counted it as lost. */
  | { kind: "ack"; page: string; seq: number; received: number; lost: number };

export type MicrophoneToKernel =
  /** A page shows the panel. */
  | { kind: "hello"; page: string }
  /** The page goes away. */
  | { kind: "bye"; page: string }
  /** It records; frames start at `seq` 0. `device_rate` in Hz. */
  | { kind: "opened"; page: string; device: string; device_rate: number }
  /** It could not open the microphone; `failure` is one of `Failure`. */
  | { kind: "failed"; page: string; failure: string; message: string }
  /**
   * One frame, PCM16 in the only buffer. `sample` counts all samples before it at the session's
   * rate, `time` is the capture clock at its first sample, in s.
   */
  | { kind: "audio"; page: string; seq: number; sample: number; time: number }
  /** Open, but silent because the talk button is up: the page is alive. */
  | { kind: "alive"; page: string }
  /** The talk button. `release` comes after the last frame of what was said. */
  | { kind: "press"; page: string }
  | { kind: "release"; page: string }
  /** It records no more; `frames` were sent. */
  | { kind: "closed"; page: string; reason: string; frames: number }
  /** The person chose another mode. */
  | { kind: "mode"; page: string; mode: Mode }
  /** The person switched a processing step of the browser. */
  | { kind: "processing"; page: string; name: string; on: boolean };

// ---- speaker ----------------------------------------------------------------------------------

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

/** Samples of one item in the page: `received = played + dropped + waiting`. */
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
  /** The person wants to hear it in this page. */
  | { kind: "claim"; page: string }
  /** Audio messages up to `seq` arrived. */
  | { kind: "ack"; page: string; seq: number }
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

// ---- the sections of the other widgets follow, one each ---------------------------------------
