// The page's copy of the transcript's window: whole from the traits, then patch by patch.

import type { Row, TranscriptToKernel, TranscriptToPage, TranscriptTraits } from "./model";
import { listen, type Model, PAGE, send, watch } from "./panel";
import { applyPatch } from "./rows";

export class RowWindow {
  rows: readonly Row[] = [];
  #seq = -1;
  #asked = false;
  readonly #views = new Set<() => void>();

  constructor(model: Model<TranscriptTraits>, signal: AbortSignal) {
    watch(model, ["rows", "seq"], signal, () => {
      // Never back: the traits of a page are older than its patches until the kernel is asked.
      if (model.get("seq") <= this.#seq) return;
      this.#asked = false;
      this.#seq = model.get("seq");
      this.#set(model.get("rows"));
    });
    listen<TranscriptToPage>(model, signal, (patch) => {
      if (patch.kind !== "patch" || patch.seq <= this.#seq) return;
      const rows = patch.seq === this.#seq + 1 ? applyPatch(this.rows, patch) : null;
      if (rows !== null) {
        this.#seq = patch.seq;
        this.#set(rows);
        // Into the page's own model, not to the kernel: a notebook is saved from there.
        model.set("rows", rows);
        model.set("seq", patch.seq);
      } else if (!this.#asked) {
        this.#asked = true;
        send<TranscriptToKernel>(model, { kind: "resync", page: PAGE });
      }
    });
  }

  /** Call `react` now and after every change, until the signal ends. */
  watch(signal: AbortSignal, react: () => void): void {
    this.#views.add(react);
    signal.addEventListener("abort", () => this.#views.delete(react));
    react();
  }

  #set(rows: readonly Row[]): void {
    this.rows = rows;
    for (const react of this.#views) react();
  }
}
