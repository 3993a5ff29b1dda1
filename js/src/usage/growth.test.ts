import { expect, test } from "vitest";
import { stacks } from "./growth";

test("the tallest bar fills the picture, and cached tokens are a part of each", () => {
  const [first, last] = stacks([
    { number: 1, cached: 0, fresh: 50 },
    { number: 2, cached: 64, fresh: 136 },
  ]);
  expect(first?.tall).toEqual({ cached: 0, fresh: 25 });
  expect(last?.tall).toEqual({ cached: 32, fresh: 68 });
  expect((last?.x ?? 0) - (first?.x ?? 0)).toBe(10);
});

test("a response that read nothing has no bar", () => {
  expect(stacks([{ number: 1, cached: 0, fresh: 0 }])[0]?.tall).toEqual({ cached: 0, fresh: 0 });
});
