/**
 * The lanes of a timeline: what a window of it looks like in a view, as rectangles, words and
 * marks that one can point at. Pure geometry in CSS pixels.
 */

import type { SpanFields, TickFields } from "../model";
import type { Rect } from "./bars";
import type { Group, Words } from "./paint";
import { axis, clockText, length, type View } from "./view";

/** A window as it came from the kernel: all times in ms, waves as min/max pairs. */
export interface TimelineWindow {
  from_ms: number;
  to_ms: number;
  user: Int8Array;
  heard: Int8Array;
  rest: Int8Array;
  speeches: SpanFields[];
  responses: SpanFields[];
  tools: SpanFields[];
  waits: SpanFields[];
  ticks: TickFields[];
  cuts: number[];
  breaks: SpanFields[];
}

/** Something that one can point at. */
export interface Mark extends Rect {
  text: string;
  from: number;
  to: number;
}

export interface Picture {
  groups: Group[];
  words: Words[];
  /** From left to right. */
  marks: Mark[];
}

export const AXIS = 18;
const GAP = 6;
const HEIGHTS = {
  You: 44,
  Speech: 8,
  Model: 44,
  Responses: 12,
  Tools: 12,
  Events: 18,
  Latency: 12,
} as const;
export type Lane = keyof typeof HEIGHTS;

/** Where each lane is, from the top. */
export const LANES: { name: Lane; y: number; height: number }[] = [];
let below = AXIS;
for (const [name, height] of Object.entries(HEIGHTS)) {
  LANES.push({ name: name as Lane, y: below, height });
  below += height + GAP;
}
export const HEIGHT = below;

/** Colours of the steps of an answer, in the order of their kinds. */
export const STEPS = 6;

const lane = (name: Lane) => LANES.find((one) => one.name === name) as (typeof LANES)[number];

/** Min/max pairs over a stretch as bars in a view; silence has none, but for a line. */
export function waveRects(
  pairs: Int8Array,
  stretch: View,
  view: View,
  width: number,
  top: number,
  height: number,
): Rect[] {
  const count = pairs.length >> 1;
  const scale = width / length(view);
  const one = (length(stretch) / count) * scale;
  const left = (stretch.from - view.from) * scale;
  const middle = top + height / 2;
  const rects: Rect[] = [];
  for (let i = 0; i < count; i++) {
    const low = pairs[2 * i] as number;
    const high = pairs[2 * i + 1] as number;
    const x = left + i * one;
    if ((low === 0 && high === 0) || x + one < 0 || x > width) continue;
    const y = middle - (high / 128) * (height / 2);
    const tall = Math.max(1, ((high - low) / 128) * (height / 2));
    rects.push({ x, y, width: Math.max(1, one * 0.67), height: tall });
  }
  return rects;
}

/** Spans as bars that are never too thin to see; those outside are left out. */
export function spanMarks(
  spans: SpanFields[],
  view: View,
  width: number,
  y: number,
  height: number,
): (Mark & { kind: number })[] {
  const scale = width / length(view);
  const marks = [];
  for (const [from, to, text, kind] of spans) {
    if (to < view.from || from > view.to) continue;
    const x = Math.max(0, (from - view.from) * scale);
    const end = Math.min(width, (to - view.from) * scale);
    marks.push({ x, y, width: Math.max(2, end - x), height, text, from, to, kind });
  }
  return marks;
}

/** A letter of the small words takes about so much, in px. */
const LETTER = 5.6;

/** Where nobody was connected: a band through all lanes, a line at each end, and its words. */
function breakParts(breaks: SpanFields[], view: View, width: number) {
  const marks = spanMarks(breaks, view, width, AXIS, HEIGHT - AXIS - GAP);
  const scale = width / length(view);
  const line = (at: number) => ({ ...marks[0], x: (at - view.from) * scale, width: 1 }) as Rect;
  const words: Words[] = [];
  for (const { x, y, width: wide, text } of marks) {
    const whole = text.split(": ")[0] ?? "";
    const short = whole.split(",")[0] ?? "";
    const label = [whole, short].find((one) => wide > LETTER * one.length + 8);
    if (label !== undefined) {
      words.push({ x: x + 4, y: y + 12, text: label, color: "--rtw-muted" });
    }
  }
  const groups: Group[] = [
    { rects: marks.filter(({ from, to }) => to > from), color: "--rtw-gap" },
    {
      rects: marks.filter(({ kind }) => kind === 1).map((b) => line(b.from)),
      color: "--rtw-danger",
    },
    {
      rects: marks.filter(({ kind }) => kind !== 1).map((b) => line(b.from)),
      color: "--rtw-muted",
    },
    {
      rects: marks.filter(({ from, to }) => to > from).map((b) => line(b.to)),
      color: "--rtw-good",
    },
  ];
  // A thin one is pointed at above the lanes, where it is in nothing's way.
  const pointed = marks.map((b) => (b.to > b.from ? b : { ...b, y: 0, height: AXIS }));
  return { groups, words, marks: pointed };
}

function tickMarks(ticks: TickFields[], view: View, width: number): (Mark & { kind: number })[] {
  const { y, height } = lane("Events");
  const scale = width / length(view);
  const half = height / 2;
  return ticks
    .filter(([at]) => at >= view.from && at <= view.to)
    .map(([at, text, sent, sound]) => {
      const tall = half * (sound ? 0.4 : 1) - 1;
      const x = Math.min((at - view.from) * scale, width - 1);
      const top = sent ? y + half - tall - 0.5 : y + half + 0.5;
      const words = `${sent ? "Sent" : "Received"}: ${text}`;
      const kind = sound ? 2 : sent ? 0 : 1;
      return { x, y: top, width: 1, height: tall, text: words, from: at, to: at, kind };
    });
}

/** Everything of a window, as it is seen in a view. */
export function picture(window: TimelineWindow, view: View, width: number): Picture {
  const stretch = { from: window.from_ms, to: window.to_ms };
  const wave = (name: Lane, pairs: Int8Array) =>
    waveRects(pairs, stretch, view, width, lane(name).y, lane(name).height);
  const spans = (name: Lane, parts: SpanFields[]) =>
    spanMarks(parts, view, width, lane(name).y, lane(name).height);
  const scale = width / length(view);
  const place = (ms: number) => (ms - view.from) * scale;

  const { step, times } = axis(view, width);
  const lines = times.map((at) => ({ x: place(at), y: AXIS - 4, width: 1, height: HEIGHT - AXIS }));
  const middles = (["You", "Model", "Events"] as const).map((name) => {
    const { y, height } = lane(name);
    return { x: 0, y: y + height / 2 - 0.5, width, height: 1 };
  });
  const { y: modelY, height: modelHeight } = lane("Model");
  const cuts = window.cuts
    .filter((at) => at >= view.from && at <= view.to)
    .map((at) => ({ x: place(at), y: modelY, width: 2, height: modelHeight, at }));

  const speeches = spans("Speech", window.speeches);
  const responses = spans("Responses", window.responses);
  const tools = spans("Tools", window.tools);
  const breaks = breakParts(window.breaks, view, width);
  const waits = spans("Latency", window.waits);
  const ticks = tickMarks(window.ticks, view, width);
  const marks: Mark[] = [
    ...[...speeches, ...responses, ...tools, ...waits, ...ticks, ...breaks.marks],
    ...cuts.map(({ at, ...rect }) => ({ ...rect, text: "Interrupted", from: at, to: at })),
  ];
  marks.sort((a, b) => a.from - b.from || a.y - b.y);

  const groups: Group[] = [
    ...breaks.groups,
    { rects: [...lines, ...middles], color: "--rtw-faint" },
    { rects: wave("You", window.user), color: "--rtw-user" },
    { rects: wave("Model", window.rest), color: "--rtw-unheard" },
    { rects: wave("Model", window.heard), color: "--rtw-model" },
    { rects: cuts, color: "--rtw-danger" },
    { rects: speeches, color: "--rtw-user" },
    { rects: responses, color: "--rtw-model" },
    { rects: tools.filter((tool) => tool.kind !== 1), color: "--rtw-warn" },
    { rects: tools.filter((tool) => tool.kind === 1), color: "--rtw-danger" },
    { rects: ticks.filter((tick) => tick.kind === 2), color: "--rtw-line" },
    { rects: ticks.filter((tick) => tick.kind === 0), color: "--rtw-user" },
    { rects: ticks.filter((tick) => tick.kind === 1), color: "--rtw-model" },
  ];
  for (let kind = 0; kind < STEPS; kind++) {
    const rects = waits.filter((wait) => wait.kind === kind);
    groups.push({ rects, color: `--rtw-step-${kind + 1}` });
  }
  const words = times
    .map((at) => ({
      x: place(at) + 3,
      y: AXIS - 7,
      text: clockText(at, step),
      color: "--rtw-muted",
    }))
    .filter(({ x }) => x < width - 30);
  return { groups, words: [...words, ...breaks.words], marks };
}

/** How far beside a mark one may point, in px. */
const REACH = 4;

/** The mark at a place, the narrowest of several. */
export function markAt(marks: Mark[], x: number, y: number): Mark | undefined {
  let best: Mark | undefined;
  for (const mark of marks) {
    const across = Math.max(mark.x - x, x - mark.x - mark.width, 0);
    const down = Math.max(mark.y - y, y - mark.y - mark.height, 0);
    if (across > REACH || down > REACH) continue;
    if (best === undefined || mark.width < best.width) best = mark;
  }
  return best;
}

/** The mark after (or before) a moment; for a person without a mouse. */
export function nextMark(marks: Mark[], from: number, forward: boolean): Mark | undefined {
  const inOrder = forward ? marks : [...marks].reverse();
  return inOrder.find((mark) => (forward ? mark.from > from + 1e-6 : mark.from < from - 1e-6));
}
