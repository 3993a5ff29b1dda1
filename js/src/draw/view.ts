/** A stretch of time that is shown, and how it is zoomed and moved: pure arithmetic in ms. */

export interface View {
  from: number;
  to: number;
}

/** No stretch is shorter than that, in ms. */
export const SHORTEST = 50;
/** Nor longer than the session, or than that. */
const LONGEST_EMPTY = 10_000;
/** Room after the last moment, as a part of the stretch. */
const ROOM = 0.02;

export const length = (view: View): number => view.to - view.from;

/** The whole of a session that has lasted `end` ms. */
export function whole(end: number): View {
  return { from: 0, to: Math.max(LONGEST_EMPTY, end * (1 + ROOM)) };
}

/** The nearest stretch that is allowed. */
export function clamp(view: View, end: number): View {
  const all = whole(end);
  const span = Math.min(Math.max(length(view), SHORTEST), all.to);
  const from = Math.min(Math.max(view.from, 0), Math.max(0, all.to - span));
  return { from, to: from + span };
}

/** `factor` < 1 comes nearer; the moment `at` keeps its place. */
export function zoom(view: View, factor: number, at: number, end: number): View {
  const longest = whole(end).to;
  const span = Math.min(Math.max(length(view) * factor, SHORTEST), longest);
  const share = (at - view.from) / length(view);
  return clamp({ from: at - share * span, to: at - share * span + span }, end);
}

export function pan(view: View, ms: number, end: number): View {
  return clamp({ from: view.from + ms, to: view.to + ms }, end);
}

/** The same length, so that the last moment is in it, at the right. */
export function follow(view: View, end: number): View {
  const span = length(view);
  const to = Math.max(span, end + span * ROOM);
  return { from: to - span, to };
}

/** Does the view show the last moment? */
export const atEnd = (view: View, end: number): boolean => view.to >= end;

/**
 * The stretch to ask for: it begins at a whole number of columns, so that a wave which moves with
 * the clock keeps its bars, and has one column more.
 */
export function aligned(view: View, columns: number): View & { columns: number } {
  const one = length(view) / columns;
  const from = Math.floor(view.from / one) * one;
  return { from, to: from + one * (columns + 1), columns: columns + 1 };
}

/** The nearest stretch inside of a sound that is `all` ms long. */
export function within(view: View, all: number): View {
  const span = Math.min(length(view), all);
  const from = Math.min(Math.max(view.from, 0), all - span);
  return { from, to: from + span };
}

/** `zoom` for such a sound; `null` where that shows all of it. */
export function zoomWithin(view: View, factor: number, at: number, all: number): View | null {
  const span = Math.max(length(view) * factor, SHORTEST);
  if (span >= all) return null;
  const from = at - ((at - view.from) / length(view)) * span;
  return within({ from, to: from + span }, all);
}

/** Steps of an axis that are easy to read, in ms. */
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000],
  ...[60_000, 120_000, 300_000, 600_000, 1_800_000],
];

/** The moments that an axis names, at least `apart` px from one another, and their step. */
export function axis(view: View, width: number, apart = 80): { step: number; times: number[] } {
  const least = (length(view) * apart) / Math.max(width, 1);
  const step = STEPS.find((one) => one >= least) ?? 3_600_000;
  const times: number[] = [];
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) times.push(at);
  return { step, times };
}

/** `2:05` of the session, or `1.25 s` where the axis is finer than seconds. */
export function clockText(ms: number, step = 1000): string {
  if (step < 1000) return `${(ms / 1000).toFixed(step >= 100 ? 1 : step >= 10 ? 2 : 3)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
