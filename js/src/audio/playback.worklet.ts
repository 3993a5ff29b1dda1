/**
 * The loudspeaker on the audio thread: chunks in, sound out, and an account of what was played.
 *
 * Reports go out each 100 ms while counts change, at once when everything was played, and as
 * the answer to "stop", which also works while the context is suspended. After a stop one
 * quantum falls from the last value to zero, so that the cut does not click; it belongs to no
 * item and counts as nothing.
 */

import { PlaybackQueue } from "./queue";
import { PLAYBACK, type PlaybackCommand, type PlaybackReport } from "./threads";

const REPORT_S = 0.1;

export class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #queue = new PlaybackQueue(Math.round(sampleRate));
  #sinceReport = 0;
  #underruns = 0;
  #wasFlowing = false;
  #last = 0;
  #fade = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: { data: PlaybackCommand }) => this.#take(data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0];
    if (output === undefined) return true;
    const played = this.#queue.pull(output);
    if (played > 0) this.#last = output[played - 1] as number;
    else if (this.#fade !== 0) this.#fall(output);

    this.#sinceReport += output.length;
    const { flowing } = this.#queue;
    const stateChanged = flowing !== this.#wasFlowing;
    if (stateChanged || this.#sinceReport >= REPORT_S * sampleRate) this.#report("played");
    return true;
  }

  #take(command: PlaybackCommand): void {
    if (command.kind === "audio") {
      this.#queue.push(command.item_id, command.samples, command.gen, command.last);
      return;
    }
    this.#fade = this.#queue.flowing ? this.#last : 0;
    this.#queue.clear(command.gen);
    this.#report("stopped");
  }

  #fall(output: Float32Array): void {
    for (let i = 0; i < output.length; i++) output[i] = this.#fade * (1 - (i + 1) / output.length);
    this.#fade = 0;
  }

  #report(kind: PlaybackReport["kind"]): void {
    const queue = this.#queue;
    const items = queue.takeCounts();
    const { flowing } = queue;
    this.#sinceReport = 0;
    if (kind === "played" && items.length === 0 && flowing === this.#wasFlowing) return;
    this.#wasFlowing = flowing;
    const { gen, waiting, prime, item: item_id } = queue;
    const underruns = queue.underruns - this.#underruns;
    this.#underruns = queue.underruns;
    const counts = { items, item_id, waiting, underruns };
    const report: PlaybackReport = { kind, gen, ...counts, prime, flowing };
    this.port.postMessage(report);
  }
}

registerProcessor(PLAYBACK, PlaybackProcessor);
