/** Traits for tests: a microphone as the kernel first describes it. */

import type { MicrophoneTraits } from "../model";

export const TRAITS: MicrophoneTraits = {
  panel_id: "m",
  problem: "",
  mode: "hands_free",
  echo_cancellation: true,
  noise_suppression: true,
  auto_gain_control: false,
  noise_gate: false,
  noise_gate_db: -50,
  muted: false,
  rate: 24000,
  frame_ms: 40,
  recording: false,
  owner: "",
  speaking: false,
  frames_lost: 0,
  out_of_order: 0,
  frames_late: 0,
  delay_ms: 0,
  notice: "",
  closed: false,
};
