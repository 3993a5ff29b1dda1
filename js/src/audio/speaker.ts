/**
 * `Loudspeaker`: the speaker of one panel in this page. The kernel names the page that plays;
 * all others stay silent. What arrives while the browser still waits for a gesture is kept.
 */

import type { SpeakerToKernel, SpeakerToPage, SpeakerTraits } from "../model";
import { listen, type Model, onKernelGone, PAGE, send, watch } from "../panel";
import { Outputs } from "./outputs";
import { fromBuffer } from "./pcm";
import { Player } from "./player";
import type { PlaybackReport } from "./threads";

type WithoutPage<T> = T extends { page: string } ? Omit<T, "page"> : never;
type Outgoing = WithoutPage<SpeakerToKernel>;
type AudioMessage = Extract<SpeakerToPage, { kind: "audio" }>;

/**
 * A kernel that still says "playing" so long after this page ran dry, in ms, does not hear what
 * is reported to it: it is busy, or another page has restarted it.
 */
const DRY_MS = 3000;
/** The kernel hears of every fourth message, and of the end of an item. */
const ACK_EVERY = 4;
/** The rate of a session's sound unless a message says otherwise, in Hz. */
const USUAL_RATE = 24000;

export class Loudspeaker {
  /** Sound comes out at this moment. */
  flowing = false;
  /** Why it cannot play; empty when it can. */
  failure = "";
  /** The kernel is gone: nothing more will come. */
  gone = false;
  /** How often the sound ran dry in this page. */
  underruns = 0;
  /** How much must wait before sound starts, in s. */
  prime = 0.1;
  /** Nothing has sounded or arrived here for a while, whatever the kernel says. */
  dry = false;
  /** Where the sound may come out. */
  readonly outputs: Outputs;
  readonly #model: Model<SpeakerTraits>;
  readonly #views = new Set<() => void>();
  #player: Player | undefined;
  #gen = 0;
  /** Samples that the player has and has not accounted for. */
  #held = 0;
  #dryTimer: ReturnType<typeof setTimeout> | undefined;
  #sinceAck = 0;
  /** The number that the next audio message should have. */
  #expected: number | undefined;
  #missing: number[] = [];

  constructor(model: Model<SpeakerTraits>, signal: AbortSignal) {
    this.#model = model;
    this.outputs = new Outputs(signal, () => this.#chooseOutput());
    listen<SpeakerToPage>(model, signal, (message, buffers) => this.#obey(message, buffers));
    watch(model, ["volume", "muted"], signal, () => this.#setVolume());
    // Ready before the first word: loading the worklet takes up to 0.1 s.
    watch(model, ["owner"], signal, () => this.#own());
    // Any click or key in the page is the gesture that a waiting context needs.
    for (const gesture of ["pointerdown", "keydown"]) {
      document.addEventListener(gesture, () => this.blocked && this.enable(), { signal });
    }
    onKernelGone(model, signal, () => this.#lose());
    globalThis.addEventListener("pagehide", () => this.#leave(), { signal });
    // A page that the browser kept whole comes back as it was.
    const back = ({ persisted }: PageTransitionEvent) => persisted && this.#say({ kind: "hello" });
    globalThis.addEventListener("pageshow", back, { signal });
    signal.addEventListener("abort", () => this.#leave());
    this.#say({ kind: "hello" });
  }

  /** This page plays. */
  get owned(): boolean {
    return this.#model.get("owner") === PAGE;
  }

  /** The browser wants a gesture before it lets anything sound. */
  get blocked(): boolean {
    return this.owned && (this.#player?.blocked ?? false);
  }

  /** Sound that waits in this page, in ms; also while the browser lets nothing sound. */
  get bufferedMs(): number {
    return this.#player === undefined ? 0 : (1000 * this.#held) / this.#player.rate;
  }

  /** How long sound takes from here to the loudspeaker, in ms. */
  get latencyMs(): number {
    return 1000 * (this.#player?.latency ?? 0);
  }

  /** Call `changed` after every change until the signal ends. */
  observe(changed: () => void, signal: AbortSignal): void {
    this.#views.add(changed);
    signal.addEventListener("abort", () => this.#views.delete(changed));
  }

  /** Let it sound; call it inside a click. */
  enable(): void {
    this.#player?.resume();
  }

  /** Play here from now on; call it inside a click. */
  claim(): void {
    this.#say({ kind: "claim" });
    this.#playerFor(this.#player?.rate ?? USUAL_RATE).resume();
  }

  /** Silence, at once and without asking the kernel. */
  stop(): void {
    this.#silence(this.#gen + 1);
  }

  /** Play the newest reply again. */
  replay(): void {
    this.#say({ kind: "replay", item_id: "" });
  }

  /** Change the volume here and, once the person is `done`, for everybody. */
  setVolume(volume: number, muted: boolean, done = true): void {
    if (this.#player !== undefined) this.#player.volume = muted ? 0 : volume;
    if (done) this.#say({ kind: "volume", volume, muted });
  }

  #obey(message: SpeakerToPage, buffers: DataView[]): void {
    if (message.page !== PAGE) return;
    switch (message.kind) {
      case "audio":
        this.#play(message, buffers[0]);
        break;
      case "stop":
        this.#silence(message.gen);
        break;
      case "ping":
        this.#say({ kind: "alive" });
        this.#catchUp(message.seq, message.since);
        break;
    }
  }

  #play({ seq, gen, item_id, rate, last }: AudioMessage, buffer: DataView | undefined): void {
    const samples = buffer === undefined ? new Int16Array() : fromBuffer(buffer);
    this.#gen = Math.max(this.#gen, gen);
    const player = this.#playerFor(rate);
    this.#held += samples.length;
    this.#stayWet();
    player.post({ kind: "audio", item_id, samples, gen, last });
    for (let lost = this.#expected ?? seq; lost < seq; lost++) this.#missing.push(lost);
    this.#expected = seq + 1;
    if (this.blocked) this.#changed();
    this.#sinceAck++;
    if (last || this.#sinceAck >= ACK_EVERY || this.#missing.length > 0) {
      this.#acknowledge(seq);
    }
  }

  /** Messages up to `seq` were sent: those that are not here by now were lost on the way. */
  #catchUp(seq: number, since: number): void {
    if (since >= seq) return;
    for (let lost = this.#expected ?? since; lost < seq; lost++) this.#missing.push(lost);
    this.#expected = seq;
    this.#acknowledge(seq - 1);
  }

  #acknowledge(seq: number): void {
    this.#say({ kind: "ack", seq, missing: this.#missing });
    this.#sinceAck = 0;
    this.#missing = [];
  }

  #silence(gen: number): void {
    this.#gen = Math.max(this.#gen, gen);
    if (this.#player !== undefined) {
      this.#player.post({ kind: "stop", gen: this.#gen });
      return;
    }
    const nothing = { items: [], item_id: "", latency_s: 0, underruns: 0 };
    this.#say({ kind: "stopped", gen: this.#gen, ...nothing });
  }

  #own(): void {
    if (this.owned) this.#playerFor(this.#player?.rate ?? USUAL_RATE);
    else {
      this.#close();
      // The numbers go on in another page.
      this.#expected = undefined;
      this.#missing = [];
    }
    this.#changed();
  }

  #playerFor(rate: number): Player {
    if (this.#player?.rate === rate) return this.#player;
    this.#close();
    this.failure = "";
    this.#player = new Player(rate, {
      onReport: (report) => this.#report(report),
      onState: () => this.#changed(),
      onFailure: (error) => {
        this.failure = error instanceof Error ? error.message : String(error);
        this.#say({ kind: "failed", message: this.failure });
        this.#changed();
      },
    });
    this.#setVolume();
    this.#chooseOutput();
    this.#player.resume();
    return this.#player;
  }

  #report({ kind, flowing, waiting, item_id, prime, ...counts }: PlaybackReport): void {
    for (const { played, dropped } of counts.items) this.#held -= played + dropped;
    this.underruns += counts.underruns;
    this.prime = prime;
    if (kind === "stopped") {
      this.#say({ kind, item_id, latency_s: this.#player?.latency ?? 0, ...counts });
    } else {
      this.#say({ kind, waiting, ...counts });
    }
    this.flowing = flowing;
    if (this.#held <= 0) this.#runDry();
    this.#changed();
  }

  #runDry(): void {
    clearTimeout(this.#dryTimer);
    this.#dryTimer = setTimeout(() => {
      this.dry = true;
      this.#changed();
    }, DRY_MS);
  }

  #stayWet(): void {
    clearTimeout(this.#dryTimer);
    this.dry = false;
  }

  #chooseOutput(): void {
    const { chosen } = this.outputs;
    // The usual one needs no word, unless the player sounds elsewhere.
    void this.#player?.sound(chosen).then((done) => {
      if (!done) this.outputs.refuse(chosen);
      this.#changed();
    });
  }

  #setVolume(): void {
    if (this.#player === undefined) return;
    this.#player.volume = this.#model.get("muted") ? 0 : this.#model.get("volume");
  }

  #lose(): void {
    this.gone = true;
    this.#close();
    this.#changed();
  }

  #leave(): void {
    this.#close();
    this.#say({ kind: "bye" });
  }

  #close(): void {
    this.#player?.close();
    this.#player = undefined;
    this.#held = 0;
    this.#stayWet();
    this.flowing = false;
  }

  #say(message: Outgoing): void {
    send(this.#model, { ...message, page: PAGE });
  }

  #changed(): void {
    for (const changed of this.#views) changed();
  }
}
