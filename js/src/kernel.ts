// Whether there is a kernel behind a panel: a button that needs one is shown only then.

import { type Model, onKernelGone } from "./panel";
import { lineOf } from "./transport";

type Wire = Pick<Model, "get" | "on" | "off" | "send">;

export class Kernel {
  /** It has sent something to this page, and is not gone since. */
  there: boolean;
  readonly #views = new Set<() => void>();

  constructor(model: Wire, signal: AbortSignal) {
    this.there = (lineOf(model)?.roundTrips.length ?? 0) > 0;
    const heard = () => this.#set(true);
    model.on("msg:custom", heard);
    signal.addEventListener("abort", () => model.off("msg:custom", heard));
    onKernelGone(model, signal, () => this.#set(false));
  }

  /** Call `react` now and after every change, until the signal ends. */
  watch(signal: AbortSignal, react: () => void): void {
    this.#views.add(react);
    signal.addEventListener("abort", () => this.#views.delete(react));
    react();
  }

  #set(there: boolean): void {
    if (there === this.there) return;
    this.there = there;
    for (const react of this.#views) react();
  }
}
