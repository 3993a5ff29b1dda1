import { describe, expect, test } from "vitest";
import { around, height, type List, revealed, rowAt, TALLEST, topOf } from "./geometry";

const short: List = { total: 1000, row: 22, view: 220 };
const long: List = { total: 5_000_000, row: 22, view: 220 };

test("a short list scrolls a row for a row's height", () => {
  expect(height(short)).toBe(22_000);
  expect(rowAt(0, short)).toBe(0);
  expect(rowAt(33, short)).toBe(1.5);
  expect(rowAt(22_000 - 220, short)).toBe(990);
});

test("a list that is too long for a browser is shown whole in a shorter box", () => {
  expect(height(long)).toBe(TALLEST);
  expect(rowAt(0, long)).toBe(0);
  expect(rowAt(TALLEST - 220, long)).toBe(5_000_000 - 10);
  expect(rowAt(1e9, long)).toBe(5_000_000 - 10);
});

describe.each([
  ["short", short],
  ["long", long],
])("in a %s list", (_, list) => {
  test.each([0, 1, 17.5, 500])("row %d comes to the top and is found there", (first) => {
    expect(rowAt(topOf(first, list), list)).toBeCloseTo(first, 3);
  });

  test("nothing scrolls past either end", () => {
    expect(topOf(-5, list)).toBe(0);
    expect(rowAt(topOf(list.total + 9, list), list)).toBeCloseTo(list.total - 10, 3);
  });

  test("a row that is in sight moves nothing, one that is not moves as little as it can", () => {
    expect(revealed(105, 100, list)).toBe(100);
    expect(revealed(99, 100, list)).toBe(99);
    expect(revealed(110, 100, list)).toBe(101);
  });
});

test("rows are drawn a few beyond what is seen, and none that does not exist", () => {
  expect(around(100.5, short, 5)).toEqual({ first: 95, count: 21 });
  expect(around(0, short, 5)).toEqual({ first: 0, count: 15 });
  expect(around(990, short, 5)).toEqual({ first: 985, count: 15 });
  expect(around(0, { ...short, total: 3 }, 5)).toEqual({ first: 0, count: 3 });
  expect(around(0, { ...short, total: 0 }, 5)).toEqual({ first: 0, count: 0 });
});
