/** The contract of the microphone with `rtwidgets/widgets/microphone.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

export type Mode = "hands_free" | "push_to_talk";

export interface MicrophoneTraits extends PanelTraits {
  /** Who ends a turn: the server's voice detection, or the person's button. */
  mode: Mode;
  echo_cancellation: boolean;
  noise_suppression: boolean;
  auto_gain_control: boolean;
  /** What is quieter than `noise_gate_db` (dB of full scale) becomes silence, in the page. */
  noise_gate: boolean;
  noise_gate_db: number;
  /** Silence is sent instead of the voice. */
  muted: boolean;
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
  /** Frames of this recording that never reached the kernel, */
  frames_lost: number;
  /** that came after a later one, */
  out_of_order: number;
  /** that came more than 0.5 s later than the fastest. */
  frames_late: number;
  /** How much later the latest came than the fastest, in ms. */
  delay_ms: number;
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

/** What frames come from, and at which rates, in Hz. */
interface Origin {
  page: string;
  device: string;
  device_rate: number;
  rate: number;
}

export type MicrophoneToKernel =
  /** A page shows the panel. */
  | { kind: "hello"; page: string }
  /** The page goes away. */
  | { kind: "bye"; page: string }
  /** It records a microphone or a file; frames start at `seq` 0. */
  | ({ kind: "opened"; source: "microphone" | "file" } & Origin)
  /** Another device or rate took the place of the one before; `seq` goes on, `time` is another's. */
  | ({ kind: "switched" } & Origin)
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
  /** The person muted the microphone, or not any more. */
  | { kind: "mute"; page: string; on: boolean }
  /** The person switched a processing step of the browser, or the noise gate. */
  | { kind: "processing"; page: string; name: string; on: boolean }
  /** The person set the level from which the noise gate opens, in dB of full scale. */
  | { kind: "gate"; page: string; db: number };
