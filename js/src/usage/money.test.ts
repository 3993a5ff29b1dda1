import { expect, test } from "vitest";
import { dollars } from "./money";

test.each([
  [[[43, "$4.00"]], "$0.000172"],
  // The recorded turn of the protocol's reference.
  [
    [
      [43, "$4.00"],
      [32, "$32.00"],
      [64, "$0.40"],
      [18, "$16.00"],
      [43, "$64.00"],
    ],
    "$0.0042616",
  ],
  [[[1_000_000, "$4.00"]], "$4.00"],
  [[[0, "$4.00"]], "$0.00"],
  [[[12_345_678, "$80.00"]], "$987.65424"],
] as [[number, string][], string][])("%j cost %s", (parts, words) => {
  expect(dollars(parts)).toBe(words);
});
