/** `Player`: one audio context that plays what it is given, and can fall silent at once. */

import workletCode from "./playback.worklet.ts?worklet";
import { PLAYBACK, type PlaybackCommand, type PlaybackReport } from "./threads";
import { addWorklet } from "./worklet";

/** An audio context of a browser that can choose where it sounds; not every one can. */
type SinkContext = AudioContext & { setSinkId?: (id: string) => Promise<void> };

export interface PlayerEvents {
  onReport: (report: PlaybackReport) => void;
  /** The context began to run, or was stopped by the browser. */
  onState: () => void;
  /** It cannot play at all. */
  onFailure: (error: unknown) => void;
}

export class Player {
  /** Samples a second, in Hz. */
  readonly rate: number;
  readonly #context: AudioContext;
  readonly #gain: GainNode;
  #node: AudioWorkletNode | undefined;
  /** Commands from before the worklet was loaded. */
  #early: PlaybackCommand[] = [];

  constructor(rate: number, events: PlayerEvents) {
    this.rate = rate;
    this.#context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
    this.#gain = new GainNode(this.#context);
    this.#gain.connect(this.#context.destination);
    this.#context.onstatechange = events.onState;
    void this.#load(events);
  }

  /** The browser waits for a gesture before it lets anything sound. */
  get blocked(): boolean {
    return this.#context.state !== "running" && this.#context.state !== "closed";
  }

  /** What was read but is not heard yet, in s. */
  get latency(): number {
    return this.#context.outputLatency || this.#context.baseLatency || 0;
  }

  /** Sound at the device of this id, empty for the usual one; whether that went well. */
  async sound(device: string): Promise<boolean> {
    const context = this.#context as SinkContext;
    if (context.setSinkId === undefined) return device === "";
    try {
      await context.setSinkId(device);
      return true;
    } catch {
      // The device is gone, or forbidden: it goes on sounding where it did.
      return false;
    }
  }

  set volume(volume: number) {
    this.#gain.gain.value = volume;
  }

  /** Ask the browser to let it sound; works inside a click. */
  resume(): void {
    // Without a gesture the promise waits for one: nobody may wait for the promise.
    this.#context.resume().catch(() => undefined);
  }

  post(command: PlaybackCommand): void {
    if (this.#node === undefined) this.#early.push(command);
    else this.#node.port.postMessage(command, transferred(command));
  }

  close(): void {
    this.#context.onstatechange = null;
    if (this.#node !== undefined) this.#node.port.onmessage = null;
    if (this.#context.state !== "closed") void this.#context.close();
  }

  async #load({ onReport, onFailure }: PlayerEvents): Promise<void> {
    try {
      await addWorklet(this.#context, workletCode);
      if (this.#context.state === "closed") return;
      const node = new AudioWorkletNode(this.#context, PLAYBACK, {
        numberOfInputs: 0,
        numberOfOutputs: 1,
        outputChannelCount: [1],
      });
      node.port.onmessage = ({ data }: MessageEvent<PlaybackReport>) => onReport(data);
      node.onprocessorerror = () => onFailure(new Error("the audio thread stopped"));
      node.connect(this.#gain);
      this.#node = node;
      for (const command of this.#early) this.post(command);
      this.#early = [];
    } catch (error) {
      onFailure(error);
    }
  }
}

const transferred = (command: PlaybackCommand): Transferable[] =>
  command.kind === "audio" ? [command.samples.buffer as ArrayBuffer] : [];
