/** The capture worklet on Chromium's audio thread: rates, levels, places; and a device's end. */

import { afterEach, describe, expect, it, vi } from "vitest";
import workletCode from "./capture.worklet.ts?worklet";
import type { Frame } from "./frames";
import { openMicrophone } from "./microphone";
import type { Source } from "./source";
import { CAPTURE, type CaptureOptions } from "./threads";
import { addWorklet } from "./worklet";

const SECONDS = 2;

/** What the worklet makes of a tone of amplitude 0.5 in a context of `from` Hz. */
async function frames(frequency: number, from: number, to: number): Promise<Frame[]> {
  const context = new OfflineAudioContext(1, SECONDS * from, from);
  await addWorklet(context, workletCode);
  const processorOptions: CaptureOptions = {
    rate: to,
    frameLength: to / 25,
    gateDb: undefined,
  };
  const node = new AudioWorkletNode(context, CAPTURE, { numberOfOutputs: 0, processorOptions });
  const heard: Frame[] = [];
  node.port.onmessage = ({ data }: MessageEvent<Frame>) => heard.push(data);
  const tone = new OscillatorNode(context, { frequency });
  tone.connect(new GainNode(context, { gain: 0.5 })).connect(node);
  tone.start();
  await context.startRendering();
  // Half a filter of the resampler and a part of a frame are still on their way.
  await vi.waitUntil(() => heard.length >= SECONDS * 25 - 1, { timeout: 10_000 });
  return heard;
}

/** Against a sine of amplitude 1, without the first 0.2 s, in dB. */
function levelDb(heard: Frame[]): number {
  const samples = heard.slice(5).flatMap((frame) => [...frame.samples]);
  const power = samples.reduce((sum, value) => sum + (value / 32768) ** 2, 0) / samples.length;
  return 10 * Math.log10(2 * power + 1e-12);
}

describe.each([
  [44_100, 24_000],
  [48_000, 24_000],
  [48_000, 8000],
  [16_000, 24_000],
])("the capture worklet from %i Hz to %i Hz", (from, to) => {
  const wanted = 20 * Math.log10(0.5);

  it("gives whole frames, one after the other, as loud as what came in", async () => {
    const heard = await frames(1000, from, to);
    for (const [n, frame] of heard.entries()) {
      expect(frame.samples.length).toBe(to / 25);
      expect(frame.sample).toBe((n * to) / 25);
      expect(Math.abs(frame.time - n * 0.04)).toBeLessThan(0.01);
    }
    expect(levelDb(heard)).toBeCloseTo(wanted, 1);
  });

  it("lets nothing of what lies above the band come back as another tone", async () => {
    const above = 0.7 * to;
    if (above > 0.45 * from) return;
    expect(levelDb(await frames(above, from, to))).toBeLessThan(-80);
  });
});

describe("a microphone", () => {
  let source: Source | undefined;

  afterEach(() => source?.close());

  it("delivers frames without a gap until it is closed, and leaves no track running", async () => {
    const tracks: MediaStreamTrack[] = [];
    const { mediaDevices } = navigator;
    const ask = mediaDevices.getUserMedia.bind(mediaDevices);
    vi.spyOn(mediaDevices, "getUserMedia").mockImplementation(async (wishes) => {
      const stream = await ask(wishes);
      tracks.push(...stream.getTracks());
      return stream;
    });
    const heard: Frame[] = [];
    source = await openMicrophone({
      device: "",
      rate: 24_000,
      frameMs: 40,
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      gateDb: undefined,
      onFrame: (frame) => heard.push(frame),
      onEnd: (failure) => expect.fail(`it ended: ${failure?.message}`),
      onSilenced: () => undefined,
    });
    // The browser's own fake device beeps once a second.
    const loud = () => heard.some(({ samples }) => samples.some((value) => value > 1000));
    await vi.waitUntil(() => heard.length >= 30 && loud(), { timeout: 15_000 });
    source.close();
    const count = heard.length;
    expect(heard.map(({ sample }) => sample)).toEqual(heard.map((_, n) => 960 * n));
    expect(tracks.map(({ readyState }) => readyState)).toEqual(["ended"]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard.length).toBe(count);
  });
});
