// What one view of the timeline gets from the kernel: one question at a time, the newest wins.

import type { TimelineWindow } from "../draw/lanes";
import { aligned, type View } from "../draw/view";
import type { TimelineToKernel, TimelineToPage, TimelineTraits } from "../model";
import { listen, type Model, PAGE, send, watch } from "../panel";

/** Questions follow one another at least so far apart, in ms. */
const APART = 100;
/** An answer that takes longer is not waited for. */
const PATIENCE = 3000;

/** Questions of all views of this page have numbers of their own. */
let asked = 0;

const pairs = (view: DataView | null | undefined): Int8Array =>
  view?.byteLength ? new Int8Array(view.buffer, view.byteOffset, view.byteLength) : new Int8Array();

export class Stretches {
  /** The last stretch that came; before the first, the overview, or nothing. */
  window: TimelineWindow | null = null;
  readonly #model: Model<TimelineTraits>;
  readonly #changed: () => void;
  #answered = false;
  #waiting: number | null = null;
  #next: (View & { columns: number }) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(model: Model<TimelineTraits>, signal: AbortSignal, changed: () => void) {
    this.#model = model;
    this.#changed = changed;
    listen<TimelineToPage>(model, signal, (message, buffers) => {
      if (message.kind !== "window" || message.page !== PAGE || message.seq !== this.#waiting)
        return;
      const [user, heard, rest] = buffers.map(pairs);
      if (user === undefined || heard === undefined || rest === undefined) return;
      this.#answered = true;
      this.window = { ...message, user, heard, rest };
      this.#waiting = null;
      changed();
    });
    watch(model, ["overview", "overview_user", "overview_heard", "overview_rest"], signal, () => {
      if (!this.#answered) this.#showOverview();
    });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Get a stretch, soon. */
  ask(view: View, columns: number): void {
    if (columns < 1) return;
    this.#next = aligned(view, columns);
    if (this.#timer === undefined) this.#send();
  }

  #send(): void {
    this.#timer = undefined;
    if (this.#next === null) return;
    const { from, to, columns } = this.#next;
    this.#next = null;
    asked += 1;
    const seq = asked;
    this.#waiting = seq;
    const question = { seq, from_ms: from, to_ms: to, columns };
    send<TimelineToKernel>(this.#model, { kind: "range", page: PAGE, ...question });
    const begun = performance.now();
    const again = () => {
      // Where the kernel is slow, questions do not pile up.
      const waits = this.#waiting === seq && performance.now() - begun < PATIENCE;
      if (waits) this.#timer = setTimeout(again, APART);
      else this.#send();
    };
    this.#timer = setTimeout(again, APART);
  }

  #showOverview(): void {
    const spans = this.#model.get("overview");
    if (!("from_ms" in spans)) return;
    this.window = {
      ...(spans as Omit<TimelineWindow, "user" | "heard" | "rest">),
      user: pairs(this.#model.get("overview_user")),
      heard: pairs(this.#model.get("overview_heard")),
      rest: pairs(this.#model.get("overview_rest")),
    };
    this.#changed();
  }
}
