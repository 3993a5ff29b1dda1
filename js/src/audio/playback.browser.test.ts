/** The playback worklet on Chromium's audio thread, in a context that runs in real time. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import workletCode from "./playback.worklet.ts?worklet";
import tapCode from "./tap.worklet.ts?worklet";
import { PLAYBACK, type PlaybackCommand, type PlaybackReport } from "./threads";
import { addWorklet } from "./worklet";

const RATE = 24_000;
const QUANTUM = 128;
const TAP = "rtwidgets-tap";

/** No two places of it are alike, and no sample is silence. */
const sound = (count: number) =>
  Int16Array.from({ length: count }, (_, i) => 1 + ((i * 7919) % 30_011));

let context: AudioContext;
let node: AudioWorkletNode;
let reports: PlaybackReport[];
let quanta: Float32Array[];

beforeEach(async () => {
  context = new AudioContext({ sampleRate: RATE });
  await addWorklet(context, workletCode);
  await addWorklet(context, tapCode);
  node = new AudioWorkletNode(context, PLAYBACK, {
    numberOfInputs: 0,
    numberOfOutputs: 1,
    outputChannelCount: [1],
  });
  const tap = new AudioWorkletNode(context, TAP, { outputChannelCount: [1] });
  node.connect(tap).connect(context.destination);
  reports = [];
  quanta = [];
  node.port.onmessage = ({ data }: MessageEvent<PlaybackReport>) => reports.push(data);
  tap.port.onmessage = ({ data }: MessageEvent<Float32Array>) => quanta.push(data);
  await context.resume();
});

afterEach(() => context.close());

const post = (command: PlaybackCommand) => node.port.postMessage(command);

/** A reply in chunks of 40 ms. */
function play(samples: Int16Array, gen: number, item_id = "a"): void {
  for (let at = 0; at < samples.length; at += 960) {
    const last = at + 960 >= samples.length;
    post({ kind: "audio", item_id, samples: samples.slice(at, at + 960), gen, last });
  }
}

function sum(field: "received" | "played" | "dropped", item_id: string): number {
  const counts = reports.flatMap(({ items }) => items).filter((item) => item.item_id === item_id);
  return counts.reduce((total, count) => total + count[field], 0);
}

/** All that came out and is no silence, PCM16. */
const heard = () =>
  quanta.flatMap((quantum) =>
    Array.from(quantum, (value) => Math.round(value * 32768)).filter((value) => value !== 0),
  );

const stopped = (gen: number) =>
  reports.find((report) => report.kind === "stopped" && report.gen === gen);

/** What was told up to now has been heard by the page as well. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

describe("the playback worklet", () => {
  it("puts out every sample as it was given, and says that it was all", async () => {
    const given = sound(RATE);
    play(given, 0);
    await vi.waitUntil(() => sum("played", "a") === given.length, { timeout: 10_000 });
    await vi.waitUntil(() => heard().length >= given.length, { timeout: 10_000 });
    expect(heard()).toEqual([...given]);
    expect(reports.at(-1)).toMatchObject({ waiting: 0, flowing: false, underruns: 0 });
  });

  it("says to the sample what came out, whenever it is stopped", async () => {
    for (let gen = 1; gen <= 12; gen++) {
      const item = `item ${gen}`;
      const given = sound(RATE);
      quanta.length = 0;
      play(given, gen - 1, item);
      const moment = Math.floor(((gen * 0.618034) % 1) * 0.4 * RATE);
      await vi.waitUntil(() => sum("played", item) > 0 && heard().length > moment, {
        timeout: 10_000,
        interval: 3,
      });
      post({ kind: "stop", gen });
      await vi.waitUntil(() => stopped(gen), { timeout: 10_000 });
      await settled();
      const played = sum("played", item);
      expect(sum("received", item)).toBe(given.length);
      expect(played + sum("dropped", item)).toBe(given.length);
      const out = heard();
      expect(out.slice(0, played)).toEqual([...given.subarray(0, played)]);
      // One quantum falls to silence, so that the cut does not click.
      expect(out.length - played).toBeLessThanOrEqual(QUANTUM);
    }
  });

  it("answers a stop while its context is suspended", async () => {
    await context.suspend();
    play(sound(4800), 0);
    post({ kind: "stop", gen: 1 });
    await vi.waitUntil(() => stopped(1), { timeout: 10_000 });
    expect(sum("received", "a")).toBe(4800);
    expect(sum("played", "a") + sum("dropped", "a")).toBe(4800);
  });
});
