/**
 * A resampler with memory and an anti-alias filter: windowed sinc, one filter for each phase.
 *
 * Both rates are whole numbers of Hz, so an output sample falls on one of `toRate / gcd` places
 * between two input samples, and the filter for each place is computed once. The Kaiser window
 * is made for 90 dB; the band that is kept ends at 0.87 of the lower rate's half (10.4 kHz for
 * 24 kHz), what lies above the half is stopped.
 *
 * It runs on the audio thread: `process` allocates nothing and throws nothing.
 */

/** How far the stopped band is down, in dB. */
const STOP_DB = 90;
/** Where the kept band ends, as a share of half the lower rate. */
const KEPT = 0.87;
/** More places than this are rounded to the nearest (odd rates such as 44,099 Hz). */
const MOST_PHASES = 2048;

/** Modified Bessel function of the first kind, order zero. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

export class Resampler {
  readonly fromRate: number;
  readonly toRate: number;
  /** Input samples that one output sample is made of. */
  readonly taps: number;
  /** `taps` weights for each phase, one after the other. */
  readonly #filter: Float32Array;
  readonly #phases: number;
  /** Input that is still needed, `#length` samples of it. */
  #history: Float32Array;
  #length: number;
  /** Where the next output's taps begin in the history: whole samples and a fraction. */
  #start = 0;
  #fraction = 0;
  readonly #step: number;
  readonly #stepFraction: number;
  readonly #unit: number;

  constructor(fromRate: number, toRate: number) {
    if (!Number.isInteger(fromRate) || !Number.isInteger(toRate) || fromRate < 1 || toRate < 1) {
      throw new RangeError(`${fromRate} Hz to ${toRate} Hz: rates are whole numbers above 0`);
    }
    this.fromRate = fromRate;
    this.toRate = toRate;
    const divisor = gcd(fromRate, toRate);
    this.#unit = toRate / divisor;
    this.#step = Math.floor(fromRate / toRate);
    this.#stepFraction = (fromRate % toRate) / divisor;
    this.#phases = Math.min(this.#unit, MOST_PHASES);

    // In cycles per input sample: the half of the lower rate, and where the kept band ends.
    const half = Math.min(fromRate, toRate) / fromRate / 2;
    const width = half * (1 - KEPT);
    this.taps = 2 * Math.ceil((STOP_DB - 8) / (2.285 * 2 * Math.PI * width) / 2);
    this.#filter = this.#design(half - width / 2);
    // Silence before the first sample: the filter looks half its length back and ahead.
    this.#history = new Float32Array(this.taps + 4096);
    this.#length = this.taps / 2 - 1;
  }

  /** How long an impulse takes through the filter, in s. */
  get delay(): number {
    return this.taps / 2 / this.fromRate;
  }

  /** The most samples that `process` can write for `count` input samples. */
  maxOutput(count: number): number {
    return Math.ceil((count * this.toRate) / this.fromRate) + 1;
  }

  /**
   * Take `input` and write what can be said now to `output`; returns how many samples. `output`
   * holds at least `maxOutput(input.length)`.
   */
  process(input: Float32Array, output: Float32Array): number {
    if (this.fromRate === this.toRate) {
      output.set(input);
      return input.length;
    }
    this.#append(input);
    const { taps } = this;
    const history = this.#history;
    const filter = this.#filter;
    const unit = this.#unit;
    const phases = this.#phases;
    let written = 0;
    while (this.#start + taps <= this.#length && written < output.length) {
      const phase = phases === unit ? this.#fraction : Math.floor((this.#fraction * phases) / unit);
      const weights = phase * taps;
      let sum = 0;
      for (let i = 0; i < taps; i++) {
        sum += (filter[weights + i] as number) * (history[this.#start + i] as number);
      }
      output[written++] = sum;
      this.#fraction += this.#stepFraction;
      this.#start += this.#step;
      if (this.#fraction >= unit) {
        this.#fraction -= unit;
        this.#start++;
      }
    }
    this.#forget();
    return written;
  }

  #append(input: Float32Array): void {
    if (this.#length + input.length > this.#history.length) {
      // Only a quantum larger than any browser's gets here; the audio thread's is 128.
      const larger = new Float32Array(2 * (this.#length + input.length));
      larger.set(this.#history.subarray(0, this.#length));
      this.#history = larger;
    }
    this.#history.set(input, this.#length);
    this.#length += input.length;
  }

  #forget(): void {
    const used = Math.min(this.#start, this.#length);
    this.#history.copyWithin(0, used, this.#length);
    this.#length -= used;
    this.#start -= used;
  }

  /** The filters of all phases; `cutoff` in cycles per input sample. */
  #design(cutoff: number): Float32Array {
    const { taps } = this;
    const beta = 0.1102 * (STOP_DB - 8.7);
    const filter = new Float32Array(this.#phases * taps);
    for (let phase = 0; phase < this.#phases; phase++) {
      const offset = phase / this.#phases;
      let sum = 0;
      for (let i = 0; i < taps; i++) {
        // Distance from the output's place to input sample i, in input samples.
        const t = i - (taps / 2 - 1) - offset;
        const edge = t / (taps / 2);
        const window = edge * edge < 1 ? bessel(beta * Math.sqrt(1 - edge * edge)) : 0;
        const x = 2 * Math.PI * cutoff * t;
        const weight = (x === 0 ? 1 : Math.sin(x) / x) * window;
        filter[phase * taps + i] = weight;
        sum += weight;
      }
      // Each phase lets a constant through unchanged; otherwise they would beat.
      for (let i = 0; i < taps; i++)
        filter[phase * taps + i] = (filter[phase * taps + i] ?? 0) / sum;
    }
    return filter;
  }
}
