/**
 * Peaks: the lowest and the highest sample of each bucket, as signed bytes.
 *
 * `peaks[2 * i]` is the minimum of bucket `i`, `peaks[2 * i + 1]` its maximum, -128 to 127:
 * the same form as `rtwidgets.audio.peaks`, whose int8 array has the shape (buckets, 2).
 */

const toByte = (sample: number): number => Math.min(127, Math.round(sample / 256));

/**
 * The peaks of `samples` (PCM16) in so many buckets. Where there are fewer samples than buckets,
 * samples repeat; no samples at all are silence.
 */
export function peaks(samples: Int16Array, buckets: number): Int8Array {
  const result = new Int8Array(2 * buckets);
  if (samples.length === 0) return result;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor((bucket * samples.length) / buckets);
    const to = Math.max(from + 1, Math.floor(((bucket + 1) * samples.length) / buckets));
    let low = 32767;
    let high = -32768;
    for (let i = from; i < to; i++) {
      const sample = samples[i] as number;
      if (sample < low) low = sample;
      if (sample > high) high = sample;
    }
    result[2 * bucket] = toByte(low);
    result[2 * bucket + 1] = toByte(high);
  }
  return result;
}

/** The loudest sample, 0 to 1. */
export function level(samples: Int16Array): number {
  let top = 0;
  for (const sample of samples) {
    const size = Math.abs(sample);
    if (size > top) top = size;
  }
  return top / 32768;
}

/** The last `capacity` buckets of an endless stream; older ones are forgotten. */
export class PeakWindow {
  readonly capacity: number;
  readonly #ring: Int8Array;
  #count = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#ring = new Int8Array(2 * capacity);
  }

  /** Buckets ever pushed. */
  get count(): number {
    return this.#count;
  }

  /** Append buckets: min/max pairs. */
  push(pairs: Int8Array): void {
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const at = 2 * (this.#count % this.capacity);
      this.#ring[at] = pairs[i] as number;
      this.#ring[at + 1] = pairs[i + 1] as number;
      this.#count++;
    }
  }

  /** The window in order of time, oldest first, filled up with silence in front. */
  toPeaks(): Int8Array {
    const result = new Int8Array(2 * this.capacity);
    const kept = Math.min(this.#count, this.capacity);
    for (let i = 0; i < kept; i++) {
      const at = 2 * ((this.#count - kept + i) % this.capacity);
      const to = 2 * (this.capacity - kept + i);
      result[to] = this.#ring[at] as number;
      result[to + 1] = this.#ring[at + 1] as number;
    }
    return result;
  }

  clear(): void {
    this.#count = 0;
  }
}
