import { expect, test } from "vitest";
import type { SpanFields } from "../model";
import {
  HEIGHT,
  LANES,
  markAt,
  nextMark,
  picture,
  spanMarks,
  type TimelineWindow,
  waveRects,
} from "./lanes";

const VIEW = { from: 1000, to: 2000 };

function windowOf(changes: Partial<TimelineWindow> = {}): TimelineWindow {
  const silence = new Int8Array(20);
  return {
    from_ms: 1000,
    to_ms: 2000,
    user: silence,
    heard: silence,
    rest: silence,
    speeches: [],
    responses: [],
    tools: [],
    waits: [],
    ticks: [],
    cuts: [],
    breaks: [],
    ...changes,
  };
}

test("lanes do not overlap and end above the bottom", () => {
  for (const [i, lane] of LANES.entries()) {
    const next = LANES[i + 1]?.y ?? HEIGHT;
    expect(lane.y + lane.height).toBeLessThan(next + 1);
  }
});

test("a wave has a bar for each column that is not silent", () => {
  const pairs = new Int8Array([0, 0, -64, 64, 0, 0, -128, 127]);
  const rects = waveRects(pairs, VIEW, VIEW, 400, 10, 40);
  expect(rects.map((r) => r.x)).toEqual([100, 300]);
  expect(rects[0]).toMatchObject({ y: 20, height: 20 });
  expect(rects[0]?.width).toBeLessThan(100);
});

test("an old window in a new view stays at its time", () => {
  const pairs = new Int8Array([-64, 64, 0, 0]);
  const [rect] = waveRects(pairs, VIEW, { from: 500, to: 2500 }, 400, 0, 40);
  expect(rect?.x).toBe(100);
  expect(waveRects(pairs, VIEW, { from: 5000, to: 6000 }, 400, 0, 40)).toEqual([]);
});

test("spans are cut at the edges and never too thin to see", () => {
  const spans: SpanFields[] = [
    [0, 1500, "long", 0],
    [1600, 1600.1, "short", 0],
    [5000, 6000, "outside", 0],
  ];
  const marks = spanMarks(spans, VIEW, 1000, 0, 10);
  expect(marks.map(({ x, width, text }) => [x, width, text])).toEqual([
    [0, 500, "long"],
    [600, 2, "short"],
  ]);
});

test("a picture has its marks in order of time, and a colour for each step of an answer", () => {
  const { groups, marks } = picture(
    windowOf({
      responses: [[1300, 1900, "Response 1: completed", 0]],
      waits: [
        [1100, 1200, "speech taken", 1],
        [1200, 1300, "created", 2],
      ],
      ticks: [[1250, "session.update", true, false]],
      cuts: [1500],
    }),
    VIEW,
    1000,
  );
  expect(marks.map(({ text }) => text)).toEqual([
    "speech taken",
    "created",
    "Sent: session.update",
    "Response 1: completed",
    "Interrupted",
  ]);
  const step = groups.find(({ color }) => color === "--rtw-step-3");
  expect(step?.rects).toHaveLength(1);
  expect(step?.rects[0]).toMatchObject({ x: 200, width: 100 });
});

test("a call that failed has the colour of danger", () => {
  const tools: SpanFields[] = [
    [1100, 1200, "Tool docs.search: done", 0],
    [1300, 1500, "Tool docs.fetch: failed", 1],
  ];
  const { groups, marks } = picture(windowOf({ tools }), VIEW, 1000);
  const at = (color: string) =>
    groups.filter((group) => group.color === color).flatMap(({ rects }) => rects.map(({ x }) => x));
  expect([at("--rtw-warn"), at("--rtw-danger")]).toEqual([[100], [300]]);
  expect(marks.map(({ text }) => text)).toEqual(tools.map(([, , text]) => text));
});

test("while nobody was connected there is a gap through all lanes, with words if they fit", () => {
  const breaks: SpanFields[] = [
    [1200, 1600, "Connection lost, resumed after 0.4 s: no answer", 1],
    [1700, 1700, "Resumed in another session of the server", 0],
  ];
  const { groups, words, marks } = picture(windowOf({ breaks }), VIEW, 1000);
  const of = (color: string) => groups.find((group) => group.color === color)?.rects ?? [];
  expect(of("--rtw-gap")).toMatchObject([{ x: 200, width: 400 }]);
  expect(of("--rtw-danger")).toMatchObject([{ x: 200, width: 1 }]);
  expect(of("--rtw-good")).toMatchObject([{ x: 600, width: 1 }]);
  expect(of("--rtw-muted")).toMatchObject([{ x: 700, width: 1 }]);
  expect(words.map(({ text }) => text)).toContain("Connection lost, resumed after 0.4 s");
  expect(markAt(marks, 400, HEIGHT / 2)?.text).toContain("no answer");
  expect(markAt(marks, 700, HEIGHT / 2)).toBeUndefined();
  expect(markAt(marks, 700, 5)?.text).toContain("another session");
  const short = picture(windowOf({ breaks }), VIEW, 300).words.map(({ text }) => text);
  expect(short).toContain("Connection lost");
  const narrow = picture(windowOf({ breaks }), VIEW, 200);
  expect(narrow.words.map(({ text }) => text)).not.toContain(
    "Connection lost, resumed after 0.4 s",
  );
});

test("what was sent is above the line, what was received below", () => {
  const { marks } = picture(
    windowOf({
      ticks: [
        [1100, "a", true, false],
        [1200, "b", false, false],
      ],
    }),
    VIEW,
    1000,
  );
  const [sent, received] = marks;
  expect((sent?.y ?? 0) + (sent?.height ?? 0)).toBeLessThanOrEqual(received?.y ?? 0);
});

test("one points at the narrowest mark, and need not hit it exactly", () => {
  const wide = { x: 0, y: 0, width: 100, height: 10, text: "wide", from: 0, to: 1 };
  const thin = { x: 50, y: 0, width: 1, height: 10, text: "thin", from: 0.5, to: 0.5 };
  expect(markAt([wide, thin], 53, 5)?.text).toBe("thin");
  expect(markAt([wide, thin], 20, 5)?.text).toBe("wide");
  expect(markAt([wide, thin], 20, 40)).toBeUndefined();
});

test("one steps from mark to mark", () => {
  const marks = [100, 200, 300].map((from) => ({
    ...{ x: 0, y: 0, width: 1, height: 1, text: String(from) },
    ...{ from, to: from },
  }));
  expect(nextMark(marks, 100, true)?.text).toBe("200");
  expect(nextMark(marks, 250, false)?.text).toBe("200");
  expect(nextMark(marks, 300, true)).toBeUndefined();
});
