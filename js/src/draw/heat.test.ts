import { expect, test } from "vitest";
import { rgb, tint } from "./heat";

test("a byte is how much of the colour one sees", () => {
  expect([...tint(new Uint8Array([0, 255]), [1, 2, 3])]).toEqual([1, 2, 3, 0, 1, 2, 3, 255]);
});

test("colours are read as a canvas writes them", () => {
  expect(rgb("#0097a7")).toEqual([0, 151, 167]);
  expect(rgb("rgba(10, 20, 30, 0.5)")).toEqual([10, 20, 30]);
  expect(rgb("nonsense")).toEqual([128, 128, 128]);
});
