/** What the microphone panel says: its button, its state in one phrase, what happened on the way. */

import type { Recorder } from "../audio/recorder";
import type { MicrophoneTraits } from "../model";

/** What the main button is at this moment. */
export type Face = "record" | "stop" | "hold";

export function face(recorder: Recorder): Face {
  if (recorder.state !== "closed" && recorder.kind === "file") return "stop";
  if (recorder.mode === "push_to_talk") return "hold";
  return recorder.state === "closed" ? "record" : "stop";
}

/** One phrase about what goes on; the live region of the panel. */
export function status(
  recorder: Recorder,
  traits: { speaking: boolean; closed: boolean; saved?: boolean },
): string {
  if (traits.closed) return "The session is over";
  if (traits.saved && recorder.failure === undefined) return "Microphone off";
  if (recorder.state === "opening") {
    return recorder.kind === "file" ? "Reading the file" : "Waiting for the browser’s permission";
  }
  if (recorder.state === "closed") return whyClosed(recorder);
  if (recorder.uplink.delayed) return "The kernel does not answer yet; what you say waits for it";
  if (recorder.kind === "file") return `Speaking from ${recorder.source?.name}`;
  if (recorder.muted) return "Muted: silence is sent";
  if (recorder.mode === "push_to_talk") return recorder.pressed ? "Recording" : "Ready";
  return traits.speaking ? "Hearing you" : "Listening";
}

function whyClosed({ elsewhere, failure }: Recorder): string {
  if (elsewhere) return "Recording in another tab";
  switch (failure?.failure) {
    case undefined:
      return "Microphone off";
    case "file":
    case "file_long":
      return "File not spoken";
    case "kernel":
      return "The kernel is gone";
    case "unanswered":
      return "The kernel does not answer";
    case "interrupted":
      return "Interrupted";
    default:
      return "No microphone";
  }
}

type Counts = Pick<MicrophoneTraits, "frames_lost" | "out_of_order" | "frames_late" | "delay_ms">;

const some = (count: number, what: string) =>
  `${count} ${count === 1 ? "frame" : "frames"} ${what}`;

/** What became of frames on their way, for a badge and in whole sentences; empty when nothing. */
export function transport(counts: Counts): { badge: string; sentences: string } {
  const { frames_lost: lost, out_of_order: mixed, frames_late: late, delay_ms } = counts;
  const badge: string[] = [];
  const sentences: string[] = [];
  if (lost > 0) {
    badge.push(some(lost, "lost"));
    sentences.push(`${some(lost, "never reached the kernel")}; silence took the place.`);
  }
  if (mixed > 0) {
    badge.push(lost > 0 ? `${mixed} out of order` : some(mixed, "out of order"));
    sentences.push(`${some(mixed, "came after a later one")} and were left out.`);
  }
  if (late > 0) {
    badge.push(`late by ${(delay_ms / 1000).toFixed(1)} s`);
    sentences.push(
      `${some(late, "came late")}, by ${(delay_ms / 1000).toFixed(1)} s at the most: ` +
        "the kernel or the connection was busy. Nothing of them is missing.",
    );
  }
  return { badge: badge.join(", "), sentences: sentences.join(" ") };
}

/** The meter's left end, in dB below full scale. */
const METER_DB = 60;

/** How much of the meter a level fills: ears and meters count in dB. */
export function meterShare(level: number): number {
  if (level <= 0) return 0;
  return Math.min(1, Math.max(0, 1 + (20 * Math.log10(level)) / METER_DB));
}

/** A level in words. */
export function levelWords(level: number, clipped: boolean): string {
  if (clipped) return "too loud, cut off";
  return level <= 0.001 ? "silence" : `${Math.round(20 * Math.log10(level))} dB`;
}

/** Seconds as a clock shows them. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
