import { expect, test } from "vitest";
import { left, soon } from "./countdown";

test.each([
  [12, "12 s"],
  [249, "4 min 09 s"],
  [3599, "59 min"],
  [3600, "1 h 0 min"],
  [200_000, "2 days"],
  [0, null],
  [-5, null],
])("%d s before the end: %s", (seconds, words) => {
  expect(left(1000 + seconds, 1000)).toBe(words);
});

test("the last minutes are a warning", () => {
  expect(soon(1299, 1000)).toBe(true);
  expect(soon(1301, 1000)).toBe(false);
});
