/**
 * The microphone on the audio thread: device quanta in, frames of PCM16 at the session's rate out.
 *
 * Quanta without a channel (a track that the system muted) count as silence, so that time goes
 * on and the server can hear that nobody speaks. `process` throws nothing and allocates nothing
 * but the next frame. Messages set the noise gate, which works at the session's rate, and end the
 * processor.
 */

import { type Frame, FrameCutter } from "./frames";
import { Gate } from "./gate";
import { Resampler } from "./resampler";
import { CAPTURE, type CaptureCommand, type CaptureOptions } from "./threads";

const QUANTUM = 128;

export class CaptureProcessor extends AudioWorkletProcessor {
  readonly #resampler: Resampler;
  readonly #resampled: Float32Array;
  readonly #gate: Gate;
  readonly #frames: FrameCutter;
  readonly #silence = new Float32Array(QUANTUM);
  #stopped = false;

  constructor({ processorOptions }: { processorOptions: CaptureOptions }) {
    super();
    const { rate, frameLength, gateDb } = processorOptions;
    this.#resampler = new Resampler(Math.round(sampleRate), rate);
    this.#resampled = new Float32Array(this.#resampler.maxOutput(4096));
    this.#gate = new Gate(rate);
    if (gateDb !== undefined) this.#gate.set(gateDb);
    this.#frames = new FrameCutter(frameLength, (frame: Frame) => {
      this.port.postMessage(frame, [frame.samples.buffer]);
    });
    this.port.onmessage = ({ data }: MessageEvent<CaptureCommand>) => {
      if (data.kind === "stop") this.#stopped = true;
      else this.#gate.set(data.db);
    };
  }

  process(inputs: Float32Array[][]): boolean {
    if (this.#stopped) return false;
    const input = inputs[0]?.[0] ?? this.#silence;
    const count = this.#resampler.process(input, this.#resampled);
    const open = this.#gate.process(this.#resampled, count);
    this.#frames.push(this.#resampled, count, currentTime, open);
    return true;
  }
}

registerProcessor(CAPTURE, CaptureProcessor);
