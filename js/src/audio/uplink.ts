/** `Uplink`: the frames of one recording on their way to the kernel, numbered and acknowledged. */

import { level, PeakWindow, peaks } from "../draw/peaks";
import type { MicrophoneToKernel } from "../model";
import type { Frame } from "./frames";
import { Meter } from "./meter";

type WithoutPage<T> = T extends { page: string } ? Omit<T, "page"> : never;
export type Outgoing = WithoutPage<MicrophoneToKernel>;

/** Length of the waveform, in s. */
const SHOWN_S = 6;
/** Each frame becomes so many buckets of the waveform. */
const BUCKETS_PER_FRAME = 2;
/** A page that is open but silent says so this often, in s. */
const ALIVE_S = 1;
/** Frames that wait for an answer of the kernel at the most: a minute of 40 ms frames, 3 MB. */
const MOST_UNANSWERED = 1500;

export class Uplink {
  /** Frames sent, and how many of them the kernel has. */
  sent = 0;
  acked = 0;
  /** The waveform of what was sent. */
  readonly shown: PeakWindow;
  /** The level of what is heard, sent or not. */
  readonly meter = new Meter();
  readonly #say: (message: Outgoing, buffers?: ArrayBuffer[]) => void;
  #samples = 0;
  #quietS = 0;

  constructor(frameMs: number, say: (message: Outgoing, buffers?: ArrayBuffer[]) => void) {
    this.shown = new PeakWindow(Math.round((SHOWN_S * 1000 * BUCKETS_PER_FRAME) / frameMs));
    this.#say = say;
  }

  /** Frames that the kernel has not answered yet. */
  get waiting(): number {
    return this.sent - this.acked;
  }

  /** Nobody seems to listen any more. */
  get abandoned(): boolean {
    return this.waiting > MOST_UNANSWERED;
  }

  /** Another recording: numbers begin anew. */
  restart(): void {
    this.sent = this.acked = this.#samples = this.#quietS = 0;
    this.shown.clear();
    this.meter.clear();
  }

  /** Send a frame of so many seconds, or only look at its level and say now and then: still here. */
  take({ samples, time }: Frame, seconds: number, streaming: boolean): void {
    this.meter.push(level(samples), seconds);
    if (!streaming) {
      this.#stayAlive(seconds);
      return;
    }
    this.shown.push(peaks(samples, BUCKETS_PER_FRAME));
    const message = { kind: "audio", seq: this.sent, sample: this.#samples, time } as const;
    this.sent++;
    this.#samples += samples.length;
    this.#quietS = 0;
    this.#say(message, [samples.buffer]);
  }

  #stayAlive(seconds: number): void {
    this.#quietS += seconds;
    if (this.#quietS < ALIVE_S - 1e-9) return;
    this.#quietS = 0;
    this.#say({ kind: "alive" });
  }
}
