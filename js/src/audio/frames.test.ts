// @vitest-environment node
import { describe, expect, it } from "vitest";
import { type Frame, FrameCutter } from "./frames";
import { fromBuffer, toPcm16 } from "./pcm";

describe("frames", () => {
  it("have one length, their place and their time, whatever the quanta", () => {
    for (const size of [1, 64, 128, 959, 960, 961, 5000]) {
      const frames: Frame[] = [];
      const cutter = new FrameCutter(960, (frame) => frames.push(frame));
      const source = Float32Array.from({ length: 9600 }, (_, i) => (i - 4800) / 32768);
      for (let at = 0; at < source.length; at += size) {
        const part = source.subarray(at, at + size);
        cutter.push(part, part.length, at / 24000);
      }
      expect(frames.map((frame) => frame.samples.byteLength)).toEqual(Array(10).fill(1920));
      expect(frames.map((frame) => frame.sample)).toEqual(frames.map((_, i) => 960 * i));
      expect(frames.flatMap((frame) => [...frame.samples])).toEqual(
        Array.from({ length: 9600 }, (_, i) => i - 4800),
      );
      for (const { time, sample } of frames) {
        expect(sample / 24000 - time).toBeGreaterThanOrEqual(0);
        expect(sample / 24000 - time).toBeLessThan(size / 24000);
      }
    }
  });

  it("leave out what is beyond the count", () => {
    const frames: Frame[] = [];
    const cutter = new FrameCutter(4, (frame) => frames.push(frame));
    cutter.push(Float32Array.of(0.5, 0.5, 0.1, 0.1), 2, 0);
    cutter.push(Float32Array.of(0.25, 0.25), 2, 0);
    expect([...(frames[0]?.samples ?? [])]).toEqual([16384, 16384, 8192, 8192]);
  });
});

describe("PCM16", () => {
  it("rounds, and stops at the ends", () => {
    const output = new Int16Array(6);
    toPcm16(Float32Array.of(0, 0.5, 1, -1, 3, -3), 6, output, 0);
    expect([...output]).toEqual([0, 16384, 32767, -32768, 32767, -32768]);
  });

  it("is read from a buffer that begins anywhere, and copied", () => {
    const bytes = new Uint8Array([9, 1, 0, 255, 255, 9]);
    const samples = fromBuffer(new DataView(bytes.buffer, 1, 4));
    expect([...samples]).toEqual([1, -1]);
    bytes[1] = 7;
    expect(samples[0]).toBe(1);
  });
});
