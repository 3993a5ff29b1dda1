/** Frames: a stream of samples in pieces of one length, each with its place and its time. */

import { toPcm16 } from "./pcm";

export interface Frame {
  /** PCM16, always the full length. */
  samples: Int16Array<ArrayBuffer>;
  /** Samples of the stream before this frame. */
  sample: number;
  /** The audio clock when the frame's first sample arrived, in s. */
  time: number;
  /** The noise gate let any of it through; always so without a gate. */
  open: boolean;
}

/** Cuts a stream into frames of `length` samples; the only allocation is the next frame. */
export class FrameCutter {
  readonly length: number;
  readonly #emit: (frame: Frame) => void;
  #samples: Int16Array<ArrayBuffer>;
  #filled = 0;
  #sample = 0;
  #time = 0;
  #open = false;

  constructor(length: number, emit: (frame: Frame) => void) {
    this.length = length;
    this.#emit = emit;
    this.#samples = new Int16Array(length);
  }

  /** Append the first `count` of `input`, which arrived at `time` through an open or closed gate. */
  push(input: Float32Array, count: number, time: number, open = true): void {
    let from = 0;
    while (from < count) {
      if (this.#filled === 0) this.#time = time;
      const take = Math.min(count - from, this.length - this.#filled);
      toPcm16(input.subarray(from), take, this.#samples, this.#filled);
      this.#filled += take;
      from += take;
      this.#open ||= open;
      if (this.#filled === this.length) this.#finish();
    }
  }

  #finish(): void {
    const frame = {
      samples: this.#samples,
      sample: this.#sample,
      time: this.#time,
      open: this.#open,
    };
    this.#sample += this.length;
    this.#samples = new Int16Array(this.length);
    this.#filled = 0;
    this.#open = false;
    this.#emit(frame);
  }
}
