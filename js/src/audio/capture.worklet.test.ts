// @vitest-environment node

import "./worklet_scope"; // first: the worklet needs its globals
import { beforeEach, describe, expect, it } from "vitest";
import { CaptureProcessor } from "./capture.worklet";
import type { Frame } from "./frames";
import { CAPTURE } from "./threads";
import { ports, registered, scope } from "./worklet_scope";

const OPTIONS = { processorOptions: { rate: 24000, frameLength: 960, gateDb: undefined } };

function record(seconds: number, quantum: (n: number) => Float32Array[][]): Frame[] {
  const processor = new CaptureProcessor(OPTIONS);
  const quanta = Math.ceil((seconds * scope.sampleRate) / 128);
  for (let n = 0; n < quanta; n++) {
    scope.currentTime = (n * 128) / scope.sampleRate;
    expect(processor.process(quantum(n))).toBe(true);
  }
  return (ports.at(-1)?.posted ?? []).map(({ message }) => message as Frame);
}

const tone = (n: number) => [
  [
    Float32Array.from(
      { length: 128 },
      (_, i) => 0.5 * Math.sin((2 * Math.PI * 440 * (n * 128 + i)) / scope.sampleRate),
    ),
  ],
];

describe("the capture processor", () => {
  beforeEach(() => {
    scope.sampleRate = 48000;
  });

  it("is registered under its name", () => {
    expect(registered.get(CAPTURE)).toBe(CaptureProcessor);
  });

  it.each([44100, 48000])("makes 25 frames of 1,920 bytes a second from %i Hz", (rate) => {
    scope.sampleRate = rate;
    const frames = record(4, tone);
    expect(frames.length).toBeGreaterThanOrEqual(99);
    expect(frames.length).toBeLessThanOrEqual(100);
    for (const [n, frame] of frames.entries()) {
      expect(frame.samples.byteLength).toBe(1920);
      expect(frame.sample).toBe(960 * n);
      expect(Math.abs(frame.time - frame.sample / 24000)).toBeLessThan(0.01);
    }
    const top = Math.max(...frames.slice(5).flatMap((frame) => [...frame.samples]));
    expect(top / 32768).toBeCloseTo(0.5, 2);
  });

  it("hands each frame's memory over instead of copying it", () => {
    record(0.2, tone);
    for (const { message, transfer } of ports.at(-1)?.posted ?? []) {
      expect(transfer).toEqual([(message as Frame).samples.buffer]);
    }
  });

  it("counts quanta without a channel as silence: time goes on", () => {
    const frames = record(1, () => [[]]);
    expect(frames.length).toBe(24);
    expect(frames.every((frame) => frame.samples.every((sample) => sample === 0))).toBe(true);
  });

  it("closes its gate when it is told to, and says so in its frames", () => {
    const processor = new CaptureProcessor(OPTIONS);
    const port = ports.at(-1);
    const quiet = (n: number) =>
      tone(n).map((channels) => channels.map((x) => x.map((v) => v / 500)));
    const run = (seconds: number) => {
      port?.posted.splice(0);
      for (let n = 0; n < (seconds * scope.sampleRate) / 128; n++) processor.process(quiet(n));
      return port?.posted.map(({ message }) => message as Frame) ?? [];
    };
    expect(run(0.5).every(({ open }) => open)).toBe(true);
    port?.onmessage?.({ data: { kind: "gate", db: -50 } });
    const after = run(1);
    expect(after[0]?.open).toBe(true);
    expect(after.at(-1)?.open).toBe(false);
    expect(after.at(-1)?.samples.every((sample) => sample === 0)).toBe(true);
    port?.onmessage?.({ data: { kind: "gate", db: undefined } });
    expect(run(0.2).at(-1)?.open).toBe(true);
  });

  it("ends when it is told to", () => {
    const processor = new CaptureProcessor(OPTIONS);
    ports.at(-1)?.onmessage?.({ data: { kind: "stop" } });
    expect(processor.process(tone(0))).toBe(false);
  });
});
