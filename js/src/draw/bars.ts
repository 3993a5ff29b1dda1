/** Bars: peaks as rectangles. Pure geometry in CSS pixels, no canvas in sight. */

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface BarOptions {
  /** Width of a bar in px. */
  bar?: number;
  /** Space between two bars in px. */
  gap?: number;
  /** Height of a bar that stands for silence, in px. */
  least?: number;
}

const DEFAULTS: Required<BarOptions> = { bar: 2, gap: 1, least: 1 };

/** How many bars fit into `width` px. */
export function barCount(width: number, options: BarOptions = {}): number {
  const { bar, gap } = { ...DEFAULTS, ...options };
  return Math.max(0, Math.floor((width + gap) / (bar + gap)));
}

/**
 * One bar for each bucket of `peaks` (min/max pairs as signed bytes), or, where fewer bars than
 * buckets fit, one for each group of buckets. The zero line is the middle.
 */
export function bars(
  peaks: Int8Array,
  width: number,
  height: number,
  options: BarOptions = {},
): Rect[] {
  const { bar, gap, least } = { ...DEFAULTS, ...options };
  const buckets = peaks.length >> 1;
  const count = Math.min(buckets, barCount(width, options));
  const middle = height / 2;
  const rects: Rect[] = [];
  for (let i = 0; i < count; i++) {
    let low = 127;
    let high = -128;
    const from = Math.floor((i * buckets) / count);
    const to = Math.floor(((i + 1) * buckets) / count);
    for (let bucket = from; bucket < to; bucket++) {
      low = Math.min(low, peaks[2 * bucket] as number);
      high = Math.max(high, peaks[2 * bucket + 1] as number);
    }
    const top = middle - (high / 128) * middle;
    const bottom = middle - (low / 128) * middle;
    const tall = Math.max(least, bottom - top);
    const y = Math.min(Math.max(0, (top + bottom - tall) / 2), height - tall);
    rects.push({ x: i * (bar + gap), y, width: bar, height: tall });
  }
  return rects;
}
