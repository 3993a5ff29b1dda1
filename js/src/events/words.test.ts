import { expect, test } from "vitest";
import { clock, gap, length, size } from "./words";

test.each([
  [0, "0:00.000"],
  [4123.4, "0:04.123"],
  [59_999.9, "1:00.000"],
  [3_723_004, "62:03.004"],
])("%d ms on the clock are %s", (ms, words) => expect(clock(ms)).toBe(words));

test.each([
  [-1, ""],
  [0, "+0.0 ms"],
  [9.96, "+10 ms"],
  [999.4, "+999 ms"],
  [999.6, "+1.0 s"],
  [125_000, "+125 s"],
])("a gap of %d ms is %s", (ms, words) => expect(gap(ms)).toBe(words));

test.each([
  [999, "999 B"],
  [13_370, "13.4 kB"],
  [2_100_000, "2.1 MB"],
])("%d bytes are %s", (bytes, words) => expect(size(bytes)).toBe(words));

test("sound has a length", () => {
  expect(length(240)).toBe("240 ms");
  expect(length(3210)).toBe("3.2 s");
});
