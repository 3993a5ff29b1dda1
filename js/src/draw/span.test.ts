import { expect, test } from "vitest";
import { playhead, seconds, slots, span } from "./span";

test("a span holds the sound and is at least half filled", () => {
  expect([0, 2000, 2001, 3001, 4001, 6001].map(span)).toEqual([2000, 2000, 3000, 4000, 6000, 8000]);
  for (let duration = 2000; duration < 4e6; duration *= 1.07) {
    expect(span(duration)).toBeGreaterThanOrEqual(duration);
    expect(duration / span(duration)).toBeGreaterThan(0.66);
  }
});

test("a slot that is full never changes again", () => {
  const all = Int8Array.from({ length: 200 }, (_, i) => (i % 2 ? (i * 7) % 100 : -((i * 5) % 90)));
  const whole = slots(all, 10, 2000, 50); // 40 ms a slot, 4 buckets
  const half = slots(all.slice(0, 100), 10, 2000, 50);
  expect(half.length).toBe(2 * 13); // 500 ms: twelve full slots and a half
  expect([...half.slice(0, 24)]).toEqual([...whole.slice(0, 24)]);
  expect(whole[0]).toBe(Math.min(0, ...[0, 2, 4, 6].map((i) => all[i] as number)));
});

test("buckets that are longer than a slot repeat", () => {
  const peaks = Int8Array.from([-10, 10, -20, 20]);
  expect([...slots(peaks, 1000, 2000, 4)]).toEqual([-10, 10, -10, 10, -20, 20, -20, 20]);
});

test("no peaks are no slots", () => {
  expect(slots(new Int8Array(0), 5, 2000, 100).length).toBe(0);
});

test("the playhead moves between reports, but neither away nor past the end", () => {
  expect(playhead(500, 80, true, 5000)).toBe(580);
  expect(playhead(500, 9000, true, 5000)).toBe(800);
  expect(playhead(500, 80, false, 5000)).toBe(500);
  expect(playhead(4990, 80, true, 5000)).toBe(5000);
  expect(playhead(-1, 80, true, 5000)).toBe(-1);
});

test("durations read as people write them", () => {
  expect([0, 4240, 59_900, 64_000].map(seconds)).toEqual(["0.0 s", "4.2 s", "59.9 s", "1:04"]);
});
