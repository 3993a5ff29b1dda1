/**
 * A noise gate: what is quieter than a level becomes silence. It opens within 5 ms, stays open
 * for 300 ms after the last loud sample (the ends of words are quiet) and closes over 60 ms; both
 * ramps are straight lines of the gain, so that nothing clicks. Once open, it takes half the
 * level (6 dB less) to keep it open: a voice at the threshold does not flutter.
 *
 * It runs on the audio thread, in place; it allocates nothing.
 */

const OPENING_S = 0.005;
const HOLD_S = 0.3;
const CLOSING_S = 0.06;
const STAYS_OPEN = 0.5;

export class Gate {
  readonly #rise: number;
  readonly #fall: number;
  readonly #hold: number;
  /** Undefined: off. */
  #level: number | undefined;
  #left = 0;
  #gain = 1;

  /** `rate` in Hz. */
  constructor(rate: number) {
    this.#rise = 1 / (OPENING_S * rate);
    this.#fall = 1 / (CLOSING_S * rate);
    this.#hold = Math.round(HOLD_S * rate);
  }

  /** Open from `db` of full scale on; `undefined` switches the gate off, over the same ramp. */
  set(db: number | undefined): void {
    this.#level = db === undefined ? undefined : 10 ** (db / 20);
    // Switched on it waits for its time before it closes: the word that is being said is whole.
    this.#left = this.#hold;
  }

  /** Work on the first `count` of `samples`; returns whether any of them was let through. */
  process(samples: Float32Array, count: number): boolean {
    const level = this.#level;
    if (level === undefined && this.#gain === 1) return true;
    let open = false;
    for (let i = 0; i < count; i++) {
      const sample = samples[i] as number;
      if (level === undefined) this.#left = 1;
      else if (Math.abs(sample) >= (this.#left > 0 ? level * STAYS_OPEN : level)) {
        this.#left = this.#hold;
      } else if (this.#left > 0) this.#left--;
      this.#gain =
        this.#left > 0
          ? Math.min(1, this.#gain + this.#rise)
          : Math.max(0, this.#gain - this.#fall);
      open ||= this.#gain > 0;
      samples[i] = sample * this.#gain;
    }
    return open;
  }
}
