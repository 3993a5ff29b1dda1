// What one view of a waveform gets from the kernel beyond the overview: the stretch that it zooms
// into, as peaks, and its spectrogram.

import type { Heat } from "../draw/heat";
import type { View } from "../draw/view";
import type { WaveformStretch, WaveformToKernel, WaveformToPage, WaveformTraits } from "../model";
import { listen, type Model, PAGE, send } from "../panel";
import { Questions } from "../questions";

/** Rows of a spectrogram. */
const ROWS = 96;

interface Question extends View {
  item_id: string;
  columns: number;
}

type Peaks = WaveformStretch & { peaks: Int8Array };
type Image = WaveformStretch & Heat & { top_hz: number };

export class Closer {
  peaks: Peaks | null = null;
  image: Image | null = null;
  readonly #peaks: Questions<Question>;
  readonly #images: Questions<Question>;
  #imageOf = "";

  constructor(model: Model<WaveformTraits>, signal: AbortSignal, changed: () => void) {
    this.#peaks = new Questions((seq, { item_id, from, to, columns }) => {
      const stretch = { item_id, from_ms: from, to_ms: to };
      send<WaveformToKernel>(model, { kind: "range", page: PAGE, seq, ...stretch, columns });
    }, signal);
    this.#images = new Questions((seq, { item_id, from, to, columns }) => {
      const stretch = { item_id, from_ms: from, to_ms: to };
      const size = { columns, rows: ROWS };
      send<WaveformToKernel>(model, { kind: "spectrogram", page: PAGE, seq, ...stretch, ...size });
    }, signal);
    listen<WaveformToPage>(model, signal, (message, buffers) => {
      const data = buffers[0];
      if (message.page !== PAGE || data === undefined) return;
      const { buffer, byteOffset, byteLength } = data;
      if (message.kind === "window" && this.#peaks.takes(message.seq)) {
        this.peaks = { ...message, peaks: new Int8Array(buffer, byteOffset, byteLength) };
        changed();
      } else if (message.kind === "image" && this.#images.takes(message.seq)) {
        this.image = { ...message, values: new Uint8Array(buffer, byteOffset, byteLength) };
        changed();
      }
    });
  }

  askPeaks(question: Question): void {
    this.#peaks.ask(question);
  }

  /** The spectrogram of a stretch, once. */
  askImage(question: Question): void {
    const name = JSON.stringify(question);
    if (name === this.#imageOf) return;
    this.#imageOf = name;
    this.#images.ask(question);
  }

  /** Another sound: nothing of the last one is shown. */
  clear(): void {
    this.peaks = this.image = null;
    this.#imageOf = "";
  }
}
