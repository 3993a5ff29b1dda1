/**
 * `Recorder`: the microphone of one panel in this page. It owns what is open, sends the frames,
 * and tells its views when something changed; the views only show it.
 *
 * Only the page that was asked opens a microphone: by a click here, or by a message that names
 * this page. In push-to-talk mode the microphone stays open between two presses (opening it
 * takes up to 0.2 s, in which the first word would be lost), but no frame leaves the page.
 *
 * Muted, it sends frames of silence: the server counts time in samples, and ends a turn by the
 * silence that it hears. Another device, processing or rate is opened beside the present one and
 * takes its place when it is ready; the numbers of the frames go on.
 */

import type { MicrophoneToPage, MicrophoneTraits, Mode } from "../model";
import { listen, type Model, onKernelGone, PAGE, send, watch } from "../panel";
import { Devices } from "./devices";
import { asFailure, SoundFailure } from "./failures";
import { openFile } from "./file";
import type { Frame } from "./frames";
import { openMicrophone } from "./microphone";
import type { Source, SourceEvents, SourceKind } from "./source";
import { type Outgoing, Uplink } from "./uplink";
import { Watchdog } from "./watchdog";

/** Is there still sound? Asked this often, in ms. */
const WATCH_MS = 1000;

export class Recorder {
  state: "closed" | "opening" | "open" = "closed";
  /** What is open, or is being opened. */
  kind: SourceKind = "microphone";
  source: Source | undefined;
  /** The talk button is down. */
  pressed = false;
  /** Silence goes out instead of the voice. */
  muted = false;
  failure: SoundFailure | undefined;
  /** A sentence about what is odd, but no failure. */
  hint = "";
  /** The noise gate lets nothing through at this moment. */
  gateClosed = false;
  readonly devices: Devices;
  readonly uplink: Uplink;
  readonly #model: Model<MicrophoneTraits>;
  readonly #views = new Set<() => void>();
  /** Bumped by every open and close: what an older attempt still brings is thrown away. */
  #attempt = 0;
  /** Sources are numbered; only what the live one says counts. */
  #count = 0;
  #live = 0;
  /** What the person wanted last of `muted`, until the kernel says so as well. */
  #wish: boolean | undefined;
  #watchdog = new Watchdog();
  #watching: ReturnType<typeof setInterval> | undefined;
  #releasing = false;
  /** Settings were changed while the browser asked for the permission. */
  #stale = false;

  constructor(model: Model<MicrophoneTraits>, signal: AbortSignal) {
    this.#model = model;
    this.uplink = new Uplink(model.get("frame_ms"), (message, buffers) =>
      this.#say(message, buffers),
    );
    this.devices = new Devices(signal, () => this.#changed());
    listen<MicrophoneToPage>(model, signal, (message) => this.#obey(message));
    onKernelGone(model, signal, () => this.#lose(new SoundFailure("kernel")));
    watch(model, ["muted"], signal, () => this.#muteAsKernelSays(model.get("muted")));
    watch(model, ["noise_gate", "noise_gate_db"], signal, () => this.source?.gate(this.#gateDb));
    watch(
      model,
      ["echo_cancellation", "noise_suppression", "auto_gain_control", "rate", "frame_ms"],
      signal,
      () => void this.#reopen(),
    );
    globalThis.addEventListener("pagehide", () => this.#leave(), { signal });
    // A page that the browser kept whole comes back as it was.
    const back = ({ persisted }: PageTransitionEvent) => persisted && this.#say({ kind: "hello" });
    globalThis.addEventListener("pageshow", back, { signal });
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

  /** The button is held; released, it stays `pressed` until the last frame of it is sent. */
  get held(): boolean {
    return this.pressed && !this.#releasing;
  }

  /** Another page records. */
  get elsewhere(): boolean {
    return this.#model.get("recording") && this.#model.get("owner") !== PAGE;
  }

  get #gateDb(): number | undefined {
    return this.#model.get("noise_gate") ? this.#model.get("noise_gate_db") : undefined;
  }

  /** Call `changed` after every change until the signal ends. */
  observe(changed: () => void, signal: AbortSignal): void {
    this.#views.add(changed);
    signal.addEventListener("abort", () => this.#views.delete(changed));
  }

  /** Ask for the microphone; only ever called for a person's click or by the kernel. */
  async open(): Promise<void> {
    if (this.state === "closed") await this.#open("microphone", (events) => this.#ask(events));
  }

  /** Speak a file instead; with push-to-talk it is one turn. */
  async speak(file: File): Promise<void> {
    if (this.#model.get("closed")) return;
    this.close("file");
    const model = this.#model;
    const form = {
      rate: model.get("rate"),
      frameMs: model.get("frame_ms"),
      gateDb: this.#gateDb,
    };
    await this.#open("file", (events) => openFile(file, { ...form, ...events }));
  }

  /** Let go of what is open. */
  close(reason = "person"): void {
    if (this.state === "closed") return;
    const wasOpen = this.state === "open";
    this.#attempt++;
    this.#live = 0;
    this.source?.close();
    this.source = undefined;
    this.state = "closed";
    this.pressed = this.#releasing = this.gateClosed = false;
    this.hint = "";
    this.uplink.meter.clear();
    clearInterval(this.#watching);
    if (wasOpen) this.#say({ kind: "closed", reason, frames: this.uplink.sent });
    this.#changed();
  }

  /** The talk button goes down; at once after it came up, the turn goes on. */
  press(): void {
    if (this.held || this.mode !== "push_to_talk" || this.#speaksFile) return;
    const goesOn = this.#releasing;
    this.#releasing = false;
    this.pressed = true;
    if (this.state !== "open") void this.open();
    else if (!goesOn) this.#say({ kind: "press" });
    this.#changed();
  }

  /** It comes up; the frame that is being filled is still sent. */
  release(): void {
    if (!this.pressed || this.#speaksFile) return;
    if (this.state === "open") this.#releasing = true;
    else this.pressed = false;
    this.#changed();
  }

  /** Send silence, or the voice again. */
  mute(on: boolean): void {
    this.#wish = on;
    this.#mute(on);
    this.#say({ kind: "mute", on });
  }

  /** Ask for another mode; the kernel answers with the trait. */
  choose(mode: Mode): void {
    this.release();
    this.#say({ kind: "mode", mode });
  }

  /** Record with another device, now and from now on; empty is the system's choice. */
  chooseDevice(label: string): void {
    this.devices.choose(label);
    void this.#reopen();
  }

  get #speaksFile(): boolean {
    return this.state !== "closed" && this.kind === "file";
  }

  /** The kernel answers each wish: the answer to an older one must open no microphone. */
  #muteAsKernelSays(on: boolean): void {
    if (this.#wish !== undefined && this.#wish !== on) return;
    this.#wish = undefined;
    this.#mute(on);
  }

  #mute(on: boolean): void {
    this.muted = on;
    this.source?.enable(!on);
    this.#changed();
  }

  #ask(events: SourceEvents): Promise<Source> {
    const model = this.#model;
    return openMicrophone({
      device: this.devices.chosen,
      rate: model.get("rate"),
      frameMs: model.get("frame_ms"),
      echoCancellation: model.get("echo_cancellation"),
      noiseSuppression: model.get("noise_suppression"),
      autoGainControl: model.get("auto_gain_control"),
      gateDb: this.#gateDb,
      ...events,
    });
  }

  /** What a source says counts while it is the live one. */
  #events(number: number): SourceEvents {
    const whenLive = <T>(react: (value: T) => void) => {
      return (value: T) => {
        if (number === this.#live) react(value);
      };
    };
    return {
      onFrame: whenLive((frame: Frame) => this.#take(frame)),
      onEnd: whenLive((failure?: SoundFailure) =>
        failure === undefined ? this.#finished() : this.#lose(failure),
      ),
      onSilenced: whenLive((silenced: boolean) => {
        this.hint = silenced
          ? "The system or a switch at the device has muted the microphone."
          : "";
        this.#changed();
      }),
    };
  }

  async #open(kind: SourceKind, begin: (events: SourceEvents) => Promise<Source>): Promise<void> {
    const attempt = ++this.#attempt;
    const number = ++this.#count;
    this.state = "opening";
    this.kind = kind;
    this.#stale = false;
    this.failure = undefined;
    this.hint = "";
    this.#changed();
    try {
      const source = await begin(this.#events(number));
      if (attempt !== this.#attempt) source.close();
      else this.#began(source, number);
    } catch (error) {
      if (attempt === this.#attempt) this.#failed(asFailure(error));
    }
  }

  #began(source: Source, number: number): void {
    this.state = "open";
    this.uplink.restart();
    if (source.kind === "file" && this.mode === "push_to_talk") this.pressed = true;
    this.#say({ kind: "opened", source: source.kind, ...this.#use(source, number) });
    if (this.pressed) this.#say({ kind: "press" });
    this.#changed();
    if (this.#stale) void this.#reopen();
  }

  /** The microphone with the present settings takes the place of the one that is open. */
  async #reopen(): Promise<void> {
    this.#stale = this.state === "opening";
    if (this.state !== "open" || this.kind !== "microphone") return;
    const attempt = this.#attempt;
    const number = ++this.#count;
    try {
      const source = await this.#ask(this.#events(number));
      if (attempt !== this.#attempt || number !== this.#count) return source.close();
      this.source?.close();
      this.#say({ kind: "switched", ...this.#use(source, number) });
    } catch (error) {
      if (attempt !== this.#attempt || number !== this.#count) return;
      this.hint = `The change was not possible; the recording goes on. ${asFailure(error).message}`;
    }
    this.#changed();
  }

  #use(source: Source, number: number) {
    this.source = source;
    this.#live = number;
    source.enable(!this.muted);
    source.gate(this.#gateDb);
    clearInterval(this.#watching);
    const wanted = this.devices.chosen;
    this.hint = "";
    if (source.kind === "microphone") {
      this.#watchdog = new Watchdog();
      this.#watching = setInterval(() => this.#watch(), WATCH_MS);
      void this.devices.refresh().then(() => {
        if (number !== this.#live || wanted === "") return;
        if (this.devices.list.some(({ label }) => label === wanted)) return;
        this.hint = `“${wanted}” is not there; “${source.name}” is used.`;
        this.#changed();
      });
    }
    return { device: source.name, device_rate: source.deviceRate, rate: source.rate };
  }

  #watch(): void {
    if (this.#watchdog.tick(Date.now() / 1000) === undefined) return;
    this.#lose(new SoundFailure("interrupted"));
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

  /** A file came to its end. */
  #finished(): void {
    if (this.pressed) this.#say({ kind: "release" });
    this.close("done");
  }

  #take(frame: Frame): void {
    if (this.state !== "open") return;
    this.#watchdog.heard(frame.time);
    if (this.muted) frame.samples.fill(0);
    this.gateClosed = !frame.open;
    const rate = this.source?.rate ?? this.#model.get("rate");
    this.uplink.take(frame, frame.samples.length / rate, this.streaming);
    if (this.uplink.abandoned) this.#lose(new SoundFailure("unanswered"));
    if (this.#releasing) {
      this.#releasing = false;
      this.pressed = false;
      this.#say({ kind: "release" });
    }
    this.#changed();
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
        this.uplink.acknowledge(message.seq + 1);
        this.#changed();
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
