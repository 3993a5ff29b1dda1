/** A level meter's ballistics: up at once, down slowly, the loudest held, and what was cut off. */

/** How fast the level falls, in dB/s. */
const FALL_DB = 35;
/** How long the loudest sample stays marked, in s. */
const HOLD_S = 1.5;
/** From here on samples are, or nearly are, cut off; it is said for so long, in s. */
const CLIPPING = 0.99;
const CLIPPED_S = 2;

export class Meter {
  /** The loudest recent sample, 0 to 1, falling. */
  level = 0;
  /** The loudest sample of a while. */
  held = 0;
  #heldS = 0;
  #clippedS = 0;

  /** Samples were cut off a moment ago. */
  get clipped(): boolean {
    return this.#clippedS > 0;
  }

  /** The loudest sample of the next `seconds`. */
  push(peak: number, seconds: number): void {
    const fall = 10 ** ((-FALL_DB * seconds) / 20);
    this.level = Math.max(peak, this.level * fall);
    this.#clippedS = peak >= CLIPPING ? CLIPPED_S : Math.max(0, this.#clippedS - seconds);
    if (peak >= this.held) {
      this.held = peak;
      this.#heldS = HOLD_S;
    } else if (this.#heldS > 0) {
      this.#heldS -= seconds;
    } else {
      this.held = Math.max(this.level, this.held * fall);
    }
  }

  clear(): void {
    this.level = this.held = this.#heldS = this.#clippedS = 0;
  }
}
