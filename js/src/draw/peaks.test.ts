// @vitest-environment node
import { describe, expect, it } from "vitest";
import { level, PeakWindow, peaks } from "./peaks";

describe("peaks", () => {
  it("are the lowest and the highest sample of each bucket, as bytes", () => {
    expect([...peaks(Int16Array.of(0, 256, -512, 1024, 32767, -32768), 3)]).toEqual([
      0, 1, -2, 4, -128, 127,
    ]);
  });

  it("cover every sample when the buckets do not divide", () => {
    const samples = new Int16Array(10);
    for (let at = 0; at < samples.length; at++) {
      samples.fill(0);
      samples[at] = 25_600;
      expect(Math.max(...peaks(samples, 3))).toBe(100);
    }
  });

  it("repeat samples where there are fewer than buckets, and take nothing for silence", () => {
    expect([...peaks(Int16Array.of(256), 3)]).toEqual([1, 1, 1, 1, 1, 1]);
    expect([...peaks(new Int16Array(), 2)]).toEqual([0, 0, 0, 0]);
    expect(peaks(Int16Array.of(1), 0)).toHaveLength(0);
  });
});

describe("the level", () => {
  it("is the loudest sample of either sign", () => {
    expect(level(new Int16Array(5))).toBe(0);
    expect(level(Int16Array.of(0, -16384, 100))).toBe(0.5);
    expect(level(Int16Array.of(-32768))).toBe(1);
  });
});

describe("a window of peaks", () => {
  it("keeps the newest, in order, after silence", () => {
    const window = new PeakWindow(3);
    window.push(Int8Array.of(-1, 1, -2, 2));
    expect([...window.toPeaks()]).toEqual([0, 0, -1, 1, -2, 2]);
    window.push(Int8Array.of(-3, 3, -4, 4));
    expect([...window.toPeaks()]).toEqual([-2, 2, -3, 3, -4, 4]);
    expect(window.count).toBe(4);
    window.clear();
    expect([...window.toPeaks()]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
