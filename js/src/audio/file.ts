/**
 * `openFile`: a sound file spoken instead of the microphone: frames of the same form, paced in
 * real time. It needs no microphone, no permission, no secure page and no gesture.
 *
 * The noise gate holds for a file as for the voice; the browser's own processing does not.
 *
 * The browser decodes at the file's own rate where its head tells it; the resampler is ours.
 */

import { SoundFailure } from "./failures";
import { FrameCutter } from "./frames";
import { Gate } from "./gate";
import { Resampler } from "./resampler";
import type { Source, SourceEvents } from "./source";

/** Longer sound has to be sent in another way, in s. */
const MOST_S = 600;
const MOST_BYTES = 150e6;
/** A page that was held up catches up by so much at the most, in s; then it goes on later. */
const MOST_BEHIND_S = 2;
const USUAL_RATE = 48000;

export interface FileOptions extends SourceEvents {
  /** Samples a second of the frames, in Hz. */
  rate: number;
  /** Length of a frame, in ms. */
  frameMs: number;
  /** The noise gate opens at so many dB of full scale; `undefined` without one. */
  gateDb: number | undefined;
}

/** The rate that a WAV or FLAC file names in its head, in Hz; otherwise a usual one. */
export function rateOf(bytes: ArrayBuffer): number {
  const view = new DataView(bytes);
  const tag = (at: number) =>
    view.byteLength < at + 4 ? "" : String.fromCharCode(...new Uint8Array(bytes, at, 4));
  let rate = 0;
  if (tag(0) === "fLaC" && view.byteLength >= 22) {
    // STREAMINFO follows its 4-byte header; the rate is 20 bits after 10 bytes of sizes.
    rate = view.getUint32(18) >>> 12;
  } else if (tag(0) === "RIFF") {
    for (let at = 12; at + 16 <= view.byteLength; at += 8 + view.getUint32(at + 4, true)) {
      if (tag(at) === "fmt ") {
        rate = view.getUint32(at + 12, true);
        break;
      }
    }
  }
  return rate >= 8000 && rate <= 192000 ? rate : USUAL_RATE;
}

/** Read, decode and begin to speak; rejects with a `SoundFailure` that names the file. */
export async function openFile(file: File, options: FileOptions): Promise<Source> {
  if (file.size > MOST_BYTES) throw new SoundFailure("file_long", `“${file.name}”`);
  const sound = await decode(file);
  if (sound.duration > MOST_S) throw new SoundFailure("file_long", `“${file.name}”`);
  return pace(file.name, mono(sound), sound.sampleRate, options);
}

async function decode(file: File): Promise<AudioBuffer> {
  try {
    const bytes = await file.arrayBuffer();
    const sound = await new OfflineAudioContext(1, 1, rateOf(bytes)).decodeAudioData(bytes);
    if (sound.length > 0) return sound;
  } catch {
    // The browser's own words for it help nobody.
  }
  throw new SoundFailure("file", `“${file.name}”`);
}

function mono(sound: AudioBuffer): Float32Array {
  const count = sound.numberOfChannels;
  if (count === 1) return sound.getChannelData(0);
  const mixed = new Float32Array(sound.length);
  for (let channel = 0; channel < count; channel++) {
    const data = sound.getChannelData(channel);
    for (let i = 0; i < mixed.length; i++)
      mixed[i] = (mixed[i] as number) + (data[i] as number) / count;
  }
  return mixed;
}

/** Frames in real time; exported for tests, which have no decoder. */
export function pace(
  name: string,
  samples: Float32Array,
  deviceRate: number,
  { rate, frameMs, gateDb, onFrame, onEnd }: FileOptions,
): Source {
  const length = Math.round((rate * frameMs) / 1000);
  const resampler = new Resampler(deviceRate, rate);
  const chunk = Math.ceil((deviceRate * frameMs) / 1000);
  const output = new Float32Array(resampler.maxOutput(Math.max(chunk, resampler.taps)) + length);
  const frames = new FrameCutter(length, onFrame);
  const gate = new Gate(rate);
  gate.set(gateDb);
  const seconds = () => performance.now() / 1000;
  let at = 0;
  let made = 0;
  let enabled = true;

  const push = (input: Float32Array) => {
    const count = resampler.process(input, output);
    made += count;
    if (!enabled) output.fill(0, 0, count);
    frames.push(output, count, seconds(), gate.process(output, count));
  };
  const finish = () => {
    push(new Float32Array(resampler.taps)); // what is still inside the filter
    frames.push(new Float32Array(length), (length - (made % length)) % length, seconds(), false);
    close();
    onEnd();
  };

  let start = seconds();
  const tick = () => {
    start = Math.max(start, seconds() - at / deviceRate - MOST_BEHIND_S);
    while (at < samples.length && at < (seconds() - start) * deviceRate) {
      push(samples.subarray(at, at + chunk));
      at = Math.min(samples.length, at + chunk);
    }
    if (at >= samples.length) finish();
  };
  const timer = setInterval(tick, frameMs);
  const close = () => clearInterval(timer);

  return {
    kind: "file",
    name,
    deviceRate,
    rate,
    duration: samples.length / deviceRate,
    get at() {
      return at / deviceRate;
    },
    enable(on) {
      enabled = on;
    },
    gate: (db) => gate.set(db),
    close,
  };
}
