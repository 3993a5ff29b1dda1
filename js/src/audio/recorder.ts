/**
 * `Recorder`: the microphone of one panel in this page. It owns what is open, sends the frames,
 * and tells its views when something changed; the views only show it.
 *
 * Only the page that was asked opens a microphone: by a click here, or by a message that names
 * this page. In push-to-talk mode the microphone stays open between two presses (opening it
 * takes up to 0.2 s, in which the first word would be lost), but no frame leaves the page.
 */

import { level, PeakWindow, peaks } from "../draw/peaks";
import type { MicrophoneToKernel, MicrophoneToPage, MicrophoneTraits, Mode } from "../model";
import { listen, type Model, onKernelGone, PAGE, send } from "../panel";
import { asFailure, SoundFailure } from "./failures";
import type { Frame } from "./frames";
import { type OpenMicrophone, openMicrophone } from "./microphone";

type WithoutPage<T> = T extends { page: string } ? Omit<T, "page"> : never;
type Outgoing = WithoutPage<MicrophoneToKernel>;

/** Length of the waveform, in s. */
const SHOWN_S = 6;
/** Each frame becomes so many buckets of the waveform. */
const BUCKETS_PER_FRAME = 2;
/** A page that is open but silent says so this often, in s. */
const ALIVE_S = 1;
/** Frames that wait for an answer of the kernel at the most: a minute of 40 ms frames, 3 MB. */
const MOST_UNANSWERED = 1500;
/** The level falls by this factor with each frame. */
const LEVEL_FALL = 0.85;

export class Recorder {
  state: "closed" | "opening" | "open" = "closed";
  /** The talk button is down. */
  pressed = false;
  failure: SoundFailure | undefined;
  /** The loudest recent sample, 0 to 1, falling slowly. */
  level = 0;
  /** The waveform of what was sent. */
  readonly shown: PeakWindow;
  device = "";
  /** Frames sent, and how many of them the kernel has. */
  sent = 0;
  acked = 0;
  readonly #model: Model<MicrophoneTraits>;
  readonly #views = new Set<() => void>();
  #open: OpenMicrophone | undefined;
  /** Bumped by every open and close: what an older attempt still brings is thrown away. */
  #attempt = 0;
  #releasing = false;
  #samples = 0;
  #silentFrames = 0;

  constructor(model: Model<MicrophoneTraits>, signal: AbortSignal) {
    this.#model = model;
    const buckets = (SHOWN_S * 1000 * BUCKETS_PER_FRAME) / model.get("frame_ms");
    this.shown = new PeakWindow(Math.round(buckets));
    listen<MicrophoneToPage>(model, signal, (message) => this.#obey(message));
    onKernelGone(model, signal, () => this.#lose(new SoundFailure("kernel")));
    globalThis.addEventListener("pagehide", () => this.#leave(), { signal });
    signal.addEventListener("abort", () => this.#leave());
    this.#say({ kind: "hello" });
  }

  get mode(): Mode {
    return this.#model.get("mode");
  }

  /** Frames go to the kernel at this moment. */
  get streaming(): boolean {
    return this.state === "open" && (this.mode === "hands_free" || this.pressed);
  }

  /** Another page records. */
  get elsewhere(): boolean {
    return this.#model.get("recording") && this.#model.get("owner") !== PAGE;
  }

  /** Call `changed` after every change until the signal ends. */
  observe(changed: () => void, signal: AbortSignal): void {
    this.#views.add(changed);
    signal.addEventListener("abort", () => this.#views.delete(changed));
  }

  /** Ask for the microphone; only ever called for a person's click or by the kernel. */
  async open(): Promise<void> {
    if (this.state !== "closed") return;
    const attempt = ++this.#attempt;
    this.state = "opening";
    this.failure = undefined;
    this.#changed();
    try {
      const opened = await openMicrophone({
        rate: this.#model.get("rate"),
        frameMs: this.#model.get("frame_ms"),
        echoCancellation: this.#model.get("echo_cancellation"),
        noiseSuppression: this.#model.get("noise_suppression"),
        autoGainControl: this.#model.get("auto_gain_control"),
        onFrame: (frame) => this.#take(frame, attempt),
        onEnd: (failure) => {
          if (attempt === this.#attempt) this.#lose(failure);
        },
      });
      if (attempt !== this.#attempt) opened.close();
      else this.#began(opened);
    } catch (error) {
      if (attempt === this.#attempt) this.#failed(asFailure(error));
    }
  }

  /** Let the microphone go. */
  close(reason = "person"): void {
    if (this.state === "closed") return;
    const wasOpen = this.state === "open";
    this.#attempt++;
    this.#open?.close();
    this.#open = undefined;
    this.state = "closed";
    this.pressed = false;
    this.#releasing = false;
    this.level = 0;
    if (wasOpen) this.#say({ kind: "closed", reason, frames: this.sent });
    this.#changed();
  }

  /** The talk button goes down. */
  press(): void {
    if (this.pressed || this.mode !== "push_to_talk") return;
    this.pressed = true;
    this.#releasing = false;
    if (this.state === "open") this.#say({ kind: "press" });
    else void this.open();
    this.#changed();
  }

  /** It comes up; the frame that is being filled is still sent. */
  release(): void {
    if (!this.pressed) return;
    if (this.state === "open") this.#releasing = true;
    else this.pressed = false;
    this.#changed();
  }

  /** Ask for another mode; the kernel answers with the trait. */
  choose(mode: Mode): void {
    this.release();
    this.#say({ kind: "mode", mode });
  }

  #began(opened: OpenMicrophone): void {
    this.#open = opened;
    this.state = "open";
    this.device = opened.device;
    this.sent = 0;
    this.acked = 0;
    this.#samples = 0;
    this.#silentFrames = 0;
    this.shown.clear();
    this.#say({ kind: "opened", device: opened.device, device_rate: opened.deviceRate });
    if (this.pressed) this.#say({ kind: "press" });
    this.#changed();
  }

  #failed(failure: SoundFailure): void {
    this.state = "closed";
    this.pressed = false;
    this.failure = failure;
    this.#say({ kind: "failed", failure: failure.failure, message: failure.message });
    this.#changed();
  }

  /** What was open is gone, or nobody listens any more. */
  #lose(failure: SoundFailure): void {
    if (this.state === "closed") return;
    this.close(failure.failure);
    this.failure = failure;
    this.#changed();
  }

  #take(frame: Frame, attempt: number): void {
    if (attempt !== this.#attempt || this.state !== "open") return;
    this.level = Math.max(level(frame.samples), this.level * LEVEL_FALL);
    if (this.streaming) this.#sendFrame(frame);
    else this.#stayAlive();
    if (this.#releasing) {
      this.#releasing = false;
      this.pressed = false;
      this.#say({ kind: "release" });
    }
    this.#changed();
  }

  #sendFrame({ samples, time }: Frame): void {
    this.shown.push(peaks(samples, BUCKETS_PER_FRAME));
    const message = { kind: "audio", seq: this.sent, sample: this.#samples, time } as const;
    this.sent++;
    this.#samples += samples.length;
    this.#silentFrames = 0;
    this.#say(message, [samples.buffer]);
    if (this.sent - this.acked > MOST_UNANSWERED) this.#lose(new SoundFailure("kernel"));
  }

  #stayAlive(): void {
    this.#silentFrames++;
    if (this.#silentFrames * this.#model.get("frame_ms") < ALIVE_S * 1000) return;
    this.#silentFrames = 0;
    this.#say({ kind: "alive" });
  }

  #obey(message: MicrophoneToPage): void {
    if (message.page !== PAGE) return;
    switch (message.kind) {
      case "start":
        void this.open();
        break;
      case "stop":
        this.close("kernel");
        break;
      case "press":
        this.press();
        break;
      case "release":
        this.release();
        break;
      case "ack":
        this.acked = message.seq + 1;
        break;
    }
  }

  /** The page or the model goes away. */
  #leave(): void {
    this.close("page");
    this.#say({ kind: "bye" });
  }

  #say(message: Outgoing, buffers: ArrayBuffer[] = []): void {
    send(this.#model, { ...message, page: PAGE }, buffers);
  }

  #changed(): void {
    for (const changed of this.#views) changed();
  }
}
