// What one view of the timeline gets from the kernel: stretches, and before the first an overview.

import type { TimelineWindow } from "../draw/lanes";
import { aligned, type View } from "../draw/view";
import type { TimelineToKernel, TimelineToPage, TimelineTraits } from "../model";
import { listen, type Model, PAGE, send, watch } from "../panel";
import { Questions } from "../questions";
import { unpacked } from "../transport";

const pairs = (view: DataView): Int8Array =>
  new Int8Array(view.buffer, view.byteOffset, view.byteLength);

export class Stretches {
  /** The last stretch that came; before the first, the overview, or nothing. */
  window: TimelineWindow | null = null;
  readonly #model: Model<TimelineTraits>;
  readonly #changed: () => void;
  readonly #questions: Questions<View & { columns: number }>;
  #answered = false;

  constructor(model: Model<TimelineTraits>, signal: AbortSignal, changed: () => void) {
    this.#model = model;
    this.#changed = changed;
    this.#questions = new Questions((seq, { from, to, columns }) => {
      const question = { seq, from_ms: from, to_ms: to, columns };
      send<TimelineToKernel>(model, { kind: "range", page: PAGE, ...question });
    }, signal);
    listen<TimelineToPage>(model, signal, (message, buffers) => {
      const [user, heard, rest] = buffers.map(pairs);
      if (message.kind !== "window" || message.page !== PAGE) return;
      if (user === undefined || heard === undefined || rest === undefined) return;
      if (!this.#questions.takes(message.seq)) return;
      this.#answered = true;
      this.window = { ...message, user, heard, rest };
      changed();
    });
    watch(model, ["overview", "overview_user", "overview_heard", "overview_rest"], signal, () => {
      if (!this.#answered) this.#showOverview();
    });
  }

  /** Get a stretch, soon. */
  ask(view: View, columns: number): void {
    if (columns > 0) this.#questions.ask(aligned(view, columns));
  }

  #showOverview(): void {
    const spans = this.#model.get("overview");
    if (!("from_ms" in spans)) return;
    this.window = {
      ...(spans as Omit<TimelineWindow, "user" | "heard" | "rest">),
      user: unpacked(this.#model.get("overview_user")),
      heard: unpacked(this.#model.get("overview_heard")),
      rest: unpacked(this.#model.get("overview_rest")),
    };
    this.#changed();
  }
}
