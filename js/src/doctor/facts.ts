/** What only a page can see of itself: facts, without a judgement and without asking anybody. */

import type { Line } from "../transport";

export interface Facts {
  secure: boolean;
  /** The address begins with this: `http://host:port`. */
  origin: string;
  /** `granted`, `denied`, `prompt`, or empty where the browser does not say. */
  permission: string;
  /** The browser has a microphone interface here at all. */
  media: boolean;
  worklet: boolean;
  microphones: number;
  speakers: number;
  /** The output's own rate, in Hz; 0 where there is none. */
  rate: number;
  /** The output waits for a gesture. */
  asleep: boolean;
  /** Buffers arrive there and back; `undefined` without an answer. */
  up: boolean | undefined;
  down: boolean | undefined;
  /** In ms. */
  roundTrips: readonly number[];
}

/** Round trips that are measured for the table. */
const TRIPS = 20;

export async function gather(line: Line | undefined): Promise<Facts> {
  const roundTrips = (await line?.measure(TRIPS)) ?? [];
  const devices = await (navigator.mediaDevices?.enumerateDevices?.() ?? Promise.resolve([])).catch(
    () => [],
  );
  const { rate, asleep } = output();
  return {
    secure: globalThis.isSecureContext,
    origin: location.origin,
    permission: await permission(),
    media: navigator.mediaDevices?.getUserMedia !== undefined,
    worklet: globalThis.AudioWorkletNode !== undefined && globalThis.isSecureContext,
    microphones: devices.filter(({ kind }) => kind === "audioinput").length,
    speakers: devices.filter(({ kind }) => kind === "audiooutput").length,
    rate,
    asleep,
    up: line?.up,
    down: line?.down,
    roundTrips,
  };
}

async function permission(): Promise<string> {
  try {
    const name = "microphone" as PermissionName;
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return ""; // Firefox before 131 knows no such name
  }
}

function output(): { rate: number; asleep: boolean } {
  if (globalThis.AudioContext === undefined) return { rate: 0, asleep: false };
  const context = new AudioContext();
  const found = { rate: context.sampleRate, asleep: context.state === "suspended" };
  void context.close();
  return found;
}
