/**
 * Where the rows of a long list stand: pure arithmetic in px.
 *
 * Browsers cannot make a box of any height, so that a very long list is shown in a shorter one:
 * its scroll bar then moves over several rows for each px. Rows themselves keep their height.
 */

/** The tallest box that all browsers scroll well. */
export const TALLEST = 8_000_000;

export interface List {
  /** How many rows there are. */
  total: number;
  /** Height of a row. */
  row: number;
  /** Height of what is seen of the list. */
  view: number;
}

/** Height of the scrolled box. */
export const height = ({ total, row }: List): number => Math.min(total * row, TALLEST);

/** Which row is at the top, as a fraction, when the box is scrolled so far. */
export function rowAt(top: number, list: List): number {
  const { total, row, view } = list;
  const last = Math.max(0, total - view / row);
  if (total * row <= TALLEST) return Math.min(Math.max(0, top / row), last);
  const farthest = Math.max(1, TALLEST - view);
  return Math.min(Math.max(0, top / farthest), 1) * last;
}

/** How far to scroll so that row `first` (a fraction) is at the top. */
export function topOf(first: number, list: List): number {
  const { total, row, view } = list;
  const last = Math.max(0, total - view / row);
  const kept = Math.min(Math.max(0, first), last);
  if (total * row <= TALLEST) return kept * row;
  return last === 0 ? 0 : (kept / last) * Math.max(1, TALLEST - view);
}

/** The rows to draw around the row at the top: some before and after, so that none is missed. */
export function around(first: number, list: List, extra: number): { first: number; count: number } {
  const from = Math.max(0, Math.floor(first) - extra);
  const to = Math.min(list.total, Math.ceil(first + list.view / list.row) + extra);
  return { first: from, count: Math.max(0, to - from) };
}

/** The row that is at the top once row `index` is in sight, moving as little as possible. */
export function revealed(index: number, first: number, list: List): number {
  const fits = Math.max(1, list.view / list.row);
  if (index < first) return index;
  return index + 1 > first + fits ? index + 1 - fits : first;
}
