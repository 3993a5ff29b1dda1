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
/** Without an answer for so much sound the person is told, in s; the kernel answers ten frames. */
const MANY_UNANSWERED_S = 3;
/**
 * So much sound may wait for an answer of the kernel, in s. A cell may run for minutes on a
 * kernel that hears nothing meanwhile (ipykernel 6, Voila, marimo), and a connection may come
 * back: a kernel that is gone for good says so by itself, in most hosts. What waits lies in the
 * queues of the host, ours has none; ten minutes are 29 MB at 24 kHz (39 MB as base64). Nothing
 * of it is dropped: then the recording ends, and what was said still arrives.
 */
const MOST_UNANSWERED_S = 600;

export class Uplink {
  /** Frames sent. */
  sent = 0;
  /** The waveform of what was sent. */
  readonly shown: PeakWindow;
  /** The level of what is heard, sent or not. */
  readonly meter = new Meter();
  readonly #say: (message: Outgoing, buffers?: ArrayBuffer[]) => void;
  #samples = 0;
  #quietS = 0;
  /** Sound sent, and how much of it the kernel has, in s. */
  #sentS = 0;
  #ackedS = 0;
  /** For each frame that is not answered: the sound up to its end, in s. */
  #ends: number[] = [];

  constructor(frameMs: number, say: (message: Outgoing, buffers?: ArrayBuffer[]) => void) {
    this.shown = new PeakWindow(Math.round((SHOWN_S * 1000 * BUCKETS_PER_FRAME) / frameMs));
    this.#say = say;
  }

  /** Sound that the kernel has not answered yet, in s. */
  get waitingS(): number {
    return this.#sentS - this.#ackedS;
  }

  /** The kernel takes longer than it should: it is busy, or the connection is away. */
  get delayed(): boolean {
    return this.waitingS > MANY_UNANSWERED_S + 1e-6;
  }

  /** Nobody seems to listen any more. */
  get abandoned(): boolean {
    return this.waitingS > MOST_UNANSWERED_S + 1e-6;
  }

  /** The kernel has all frames before this one, or has counted them as lost. */
  acknowledge(seq: number): void {
    const first = this.sent - this.#ends.length;
    const answered = this.#ends.splice(0, Math.max(0, seq - first));
    this.#ackedS = answered.at(-1) ?? this.#ackedS;
  }

  /** Another recording: numbers begin anew. */
  restart(): void {
    this.sent = this.#samples = this.#quietS = this.#sentS = this.#ackedS = 0;
    this.#ends = [];
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
    this.#sentS += seconds;
    this.#ends.push(this.#sentS);
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
