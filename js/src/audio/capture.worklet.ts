/**
 * The microphone on the audio thread: device quanta in, frames of PCM16 at the session's rate out.
 *
 * Quanta without a channel (a track that the system muted) count as silence, so that time goes
 * on and the server can hear that nobody speaks. `process` throws nothing and allocates nothing
 * but the next frame. The message "stop" ends the processor.
 */

import { type Frame, FrameCutter } from "./frames";
import { Resampler } from "./resampler";
import { CAPTURE, type CaptureOptions } from "./threads";

const QUANTUM = 128;

export class CaptureProcessor extends AudioWorkletProcessor {
  readonly #resampler: Resampler;
  readonly #resampled: Float32Array;
  readonly #frames: FrameCutter;
  readonly #silence = new Float32Array(QUANTUM);
  #stopped = false;

  constructor({ processorOptions }: { processorOptions: CaptureOptions }) {
    super();
    const { rate, frameLength } = processorOptions;
    this.#resampler = new Resampler(Math.round(sampleRate), rate);
    this.#resampled = new Float32Array(this.#resampler.maxOutput(4096));
    this.#frames = new FrameCutter(frameLength, (frame: Frame) => {
      this.port.postMessage(frame, [frame.samples.buffer]);
    });
    this.port.onmessage = () => {
      this.#stopped = true;
    };
  }

  process(inputs: Float32Array[][]): boolean {
    if (this.#stopped) return false;
    const input = inputs[0]?.[0] ?? this.#silence;
    const count = this.#resampler.process(input, this.#resampled);
    this.#frames.push(this.#resampled, count, currentTime);
    return true;
  }
}

registerProcessor(CAPTURE, CaptureProcessor);
