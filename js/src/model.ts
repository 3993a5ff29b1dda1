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

// ---- waveform ---------------------------------------------------------------------------------

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

// ---- transcript -------------------------------------------------------------------------------

export type Role = "user" | "assistant" | "system" | "call" | "result" | "error";
export type RowState = "final" | "growing" | "pending" | "interrupted" | "incomplete" | "failed";

/** The same fields as `Row` in rtwidgets/widgets/transcript_rows.py. */
export interface Row {
  id: string;
  role: Role;
  /** The function's name, for calls and results. */
  name: string;
  text: string;
  state: RowState;
  /** A remark of ours beside the words. */
  note: string;
}

export interface TranscriptTraits extends PanelTraits {
  /** The window of rows; sent only to a new page and to one that asked. */
  rows: Row[];
  /** Counts the patches that made `rows`; sent only together with them. */
  seq: number;
  /** Height of the scrolled part, as CSS. */
  height: string;
}

/** What makes window `seq` of window `seq - 1`. */
export interface Patch {
  kind: "patch";
  seq: number;
  /** New and changed rows. */
  rows: Row[];
  /** All ids, oldest first; absent where the order is as before. */
  order?: string[];
}

export type TranscriptToPage = Patch;

export type TranscriptToKernel =
  /** A patch was missed: send the whole window. */
  { kind: "resync"; page: string };

// ---- usage table ------------------------------------------------------------------------------

/** Tokens of one response, or of all. */
export interface UsageCounts {
  text_in: number;
  audio_in: number;
  image_in: number;
  /** The part of the input that was cached. */
  cached_in: number;
  text_out: number;
  audio_out: number;
  total: number;
  /** What it cost, in words. */
  money: string;
}

export interface UsageLine extends UsageCounts {
  response_id: string;
  /** Counts the responses of the session from 1. */
  number: number;
  status: string;
}

export interface UsageTableTraits extends PanelTraits {
  /** The last responses, oldest first. */
  rows: UsageLine[];
  /** How many older responses are in the total only. */
  older: number;
  total: UsageCounts;
  /** What writing down the user's words used, in words; empty where nothing was. */
  transcription: string;
}

// ---- console ----------------------------------------------------------------------------------

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
