import { expect, test } from "vitest";
import {
  aligned,
  atEnd,
  axis,
  clamp,
  clockText,
  follow,
  length,
  pan,
  whole,
  within,
  zoom,
  zoomWithin,
} from "./view";

const HOUR = 3_600_000;

test("a session is shown whole, with some room, and a short one at least in 10 s", () => {
  expect(whole(0)).toEqual({ from: 0, to: 10_000 });
  expect(whole(HOUR).to).toBeCloseTo(HOUR * 1.02);
});

test("zooming keeps the moment under the pointer where it is", () => {
  const view = zoom({ from: 1000, to: 5000 }, 0.5, 2000, HOUR);
  expect(view).toEqual({ from: 1500, to: 3500 });
  expect((2000 - view.from) / length(view)).toBeCloseTo((2000 - 1000) / 4000);
});

test("zooming ends at 50 ms and at the whole session", () => {
  expect(length(zoom({ from: 0, to: 60 }, 0.01, 30, HOUR))).toBe(50);
  expect(zoom({ from: 100, to: 5000 }, 1e9, 3000, 20_000)).toEqual(whole(20_000));
});

test("nobody pans out of the session", () => {
  expect(pan({ from: 100, to: 1100 }, -5000, 20_000)).toEqual({ from: 0, to: 1000 });
  expect(pan({ from: 100, to: 1100 }, 1e9, 20_000).to).toBeCloseTo(20_400);
  expect(clamp({ from: -3, to: 1e12 }, 20_000)).toEqual(whole(20_000));
});

test("following keeps the length and has the last moment inside", () => {
  const view = follow({ from: 0, to: 10_000 }, 60_000);
  expect(length(view)).toBeCloseTo(10_000);
  expect(atEnd(view, 60_000)).toBe(true);
  expect(follow({ from: 0, to: 10_000 }, 2000)).toEqual({ from: 0, to: 10_000 });
});

test("what is asked for covers the view and moves by whole columns", () => {
  const first = aligned({ from: 1000, to: 2000 }, 100);
  expect(first).toEqual({ from: 1000, to: 2010, columns: 101 });
  const next = aligned({ from: 1004, to: 2004 }, 100);
  expect(next.from).toBe(1000);
  expect(next.to).toBeGreaterThanOrEqual(2004);
});

test("an axis has few and round moments", () => {
  expect(axis({ from: 0, to: 10_000 }, 800).times).toHaveLength(11);
  expect(axis({ from: 0, to: HOUR }, 800)).toMatchObject({ step: 600_000 });
  expect(axis({ from: 950, to: 1060 }, 800)).toMatchObject({ step: 20 });
  expect(axis({ from: 950, to: 1060 }, 800).times[0]).toBe(960);
});

test("times are as exact as the axis", () => {
  expect(clockText(125_000)).toBe("2:05");
  expect(clockText(1250, 200)).toBe("1.3 s");
  expect(clockText(1250, 50)).toBe("1.25 s");
});

test("inside of one sound, zooming out ends at all of it", () => {
  expect(zoomWithin({ from: 0, to: 4000 }, 0.5, 1000, 4000)).toEqual({ from: 500, to: 2500 });
  expect(zoomWithin({ from: 500, to: 2500 }, 2, 1000, 4000)).toBeNull();
  expect(within({ from: 3900, to: 4900 }, 4000)).toEqual({ from: 3000, to: 4000 });
});
