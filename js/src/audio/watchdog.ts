/**
 * `Watchdog`: does sound still come in? Pure bookkeeping; its owner calls `tick` once a second.
 *
 * A device that stops without a word gives no frames while the page lives on. A computer that
 * slept has an audio clock that stood still while the wall clock went on. A page that was busy
 * for a while is neither: its frames waited and all come, so nothing is decided by one tick.
 */

/** Ticks without any frame. */
const QUIET_TICKS = 6;
/** The audio clock has fallen so far behind the wall clock, in s, */
const SLEPT_S = 5;
/** at so many ticks in a row. */
const SLEPT_TICKS = 2;
/** Two clocks drift apart by less than this from tick to tick, in s. */
const DRIFT_S = 0.01;

export class Watchdog {
  #audio: number | undefined;
  #frames = 0;
  #quiet = 0;
  #behind = 0;
  #base: number | undefined;

  /** A frame came, of this time of the audio clock, in s. */
  heard(time: number): void {
    this.#audio = time;
    this.#frames++;
  }

  /** One second later, by the wall clock, in s: what is wrong, if anything. */
  tick(wall: number): "stalled" | "slept" | undefined {
    this.#quiet = this.#frames === 0 ? this.#quiet + 1 : 0;
    this.#frames = 0;
    if (this.#quiet >= QUIET_TICKS) return "stalled";
    if (this.#audio === undefined || this.#quiet > 0) return undefined;
    const offset = wall - this.#audio;
    this.#base ??= offset;
    if (offset - this.#base > SLEPT_S) {
      this.#behind++;
      return this.#behind >= SLEPT_TICKS ? "slept" : undefined;
    }
    this.#behind = 0;
    this.#base = Math.min(offset, this.#base + DRIFT_S);
    return undefined;
  }
}
