/** Time on the x axis of a waveform that grows: pure arithmetic. */

/** Spans that a waveform may cover, in ms: few, so that its scale rarely jumps. */
const STEPS = [1, 1.5];

/** The shortest span of the series 2, 3, 4, 6, 8, 12, ... s that holds `duration_ms`. */
export function span(duration_ms: number): number {
  for (let base = 2000; ; base *= 2) {
    for (const step of STEPS) {
      if (base * step >= duration_ms) return base * step;
    }
  }
}

/**
 * `peaks` (min/max pairs, one for each `bucket_ms`) laid into `count` slots that cover `span_ms`:
 * a slot is the same stretch of time however many buckets follow, so that a bar, once drawn,
 * stays where it is. Slots after the end are left out.
 */
export function slots(
  peaks: Int8Array,
  bucket_ms: number,
  span_ms: number,
  count: number,
): Int8Array {
  const buckets = peaks.length >> 1;
  const used = Math.min(count, Math.ceil((buckets * bucket_ms * count) / span_ms));
  const result = new Int8Array(2 * used);
  for (let slot = 0; slot < used; slot++) {
    const from = Math.floor((slot * span_ms) / count / bucket_ms);
    const to = Math.max(from + 1, Math.floor(((slot + 1) * span_ms) / count / bucket_ms));
    let low = 0;
    let high = 0;
    for (let bucket = from; bucket < Math.min(to, buckets); bucket++) {
      low = Math.min(low, peaks[2 * bucket] ?? 0);
      high = Math.max(high, peaks[2 * bucket + 1] ?? 0);
    }
    result[2 * slot] = low;
    result[2 * slot + 1] = high;
  }
  return result;
}

/** Where a clock that ticks between two reports stands, in ms. */
export function playhead(
  reported_ms: number,
  since_ms: number,
  playing: boolean,
  end_ms: number,
): number {
  if (reported_ms < 0) return -1;
  // A report comes every 100 ms; a late one must not let the cursor run away.
  const ahead = playing ? Math.min(since_ms, 300) : 0;
  return Math.min(reported_ms + ahead, end_ms);
}

/** `4.2 s`, or `1:04` from a minute on. */
export function seconds(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.floor(ms / 1000);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
