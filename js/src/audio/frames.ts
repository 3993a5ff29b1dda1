/** Frames: a stream of samples in pieces of one length, each with its place and its time. */

import { toPcm16 } from "./pcm";

export interface Frame {
  /** PCM16, always the full length. */
  samples: Int16Array<ArrayBuffer>;
  /** Samples of the stream before this frame. */
  sample: number;
  /** The audio clock when the frame's first sample arrived, in s. */
  time: number;
}

/** Cuts a stream into frames of `length` samples; the only allocation is the next frame. */
export class FrameCutter {
  readonly length: number;
  readonly #emit: (frame: Frame) => void;
  #samples: Int16Array<ArrayBuffer>;
  #filled = 0;
  #sample = 0;
  #time = 0;

  constructor(length: number, emit: (frame: Frame) => void) {
    this.length = length;
    this.#emit = emit;
    this.#samples = new Int16Array(length);
  }

  /** Append the first `count` of `input`, which arrived at `time`. */
  push(input: Float32Array, count: number, time: number): void {
    let from = 0;
    while (from < count) {
      if (this.#filled === 0) this.#time = time;
      const take = Math.min(count - from, this.length - this.#filled);
      toPcm16(input.subarray(from), take, this.#samples, this.#filled);
      this.#filled += take;
      from += take;
      if (this.#filled === this.length) this.#finish();
    }
  }

  #finish(): void {
    const frame = { samples: this.#samples, sample: this.#sample, time: this.#time };
    this.#sample += this.length;
    this.#samples = new Int16Array(this.length);
    this.#filled = 0;
    this.#emit(frame);
  }
}
