// @vitest-environment node
import { describe, expect, it } from "vitest";
import { barCount, bars } from "./bars";

describe("bars", () => {
  it("stand on the middle line and reach as far as the peaks", () => {
    expect(bars(Int8Array.of(-64, 64, 0, 127), 100, 40)).toEqual([
      { x: 0, y: 10, width: 2, height: 20 },
      { x: 3, y: expect.closeTo(0.156, 2), width: 2, height: expect.closeTo(19.84, 2) },
    ]);
  });

  it("show silence as a thin line", () => {
    expect(bars(new Int8Array(2), 10, 40)).toEqual([{ x: 0, y: 19.5, width: 2, height: 1 }]);
  });

  it("never leave the picture", () => {
    const loud = Int8Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? -128 : 127));
    for (const width of [0, 1, 2, 37, 300]) {
      for (const { x, y, width: w, height } of bars(loud, width, 48)) {
        expect(x + w).toBeLessThanOrEqual(width);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y + height).toBeLessThanOrEqual(48);
      }
    }
  });

  it("gather neighbours when there are more buckets than room, and lose no peak", () => {
    const peaks = new Int8Array(2 * 1000);
    peaks[2 * 777 + 1] = 127;
    const rects = bars(peaks, 30, 40);
    expect(rects).toHaveLength(barCount(30));
    expect(rects.filter((rect) => rect.height > 10)).toHaveLength(1);
  });

  it("fit as often as there is room", () => {
    expect([0, 1, 2, 4, 5, 8].map((width) => barCount(width))).toEqual([0, 0, 1, 1, 2, 3]);
  });
});
