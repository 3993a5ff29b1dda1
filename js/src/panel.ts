/**
 * What every widget shares in the page: `definePanel` makes the module's default export.
 *
 * `start` runs once for each model and page and owns what sounds (contexts, tracks, queues);
 * `draw` runs once for each view and only shows. Both get a signal that ends all they began.
 *
 * What was shown and is not shown any more must not go on listening or talking: when the last view
 * goes (outputs are cleared, a cell runs again, the notebook is closed) what was started ends a
 * moment later, and is started again by the next view. The runtime keeps the model for ever.
 */

import type { AnyModel } from "@anywidget/types";
import { h, setText } from "./dom";
import type { Packed, PanelTraits } from "./model";
import { watchKernel } from "./readonly";
import { type Line, lineOf, openLine, unpack, type Wire } from "./transport";

// biome-ignore lint/performance/noBarrelFile: widgets know this module, not what is behind it
export { PAGE } from "./page";
export { isReadonly, needsKernel, onReadonly } from "./readonly";

export type Model<Traits extends PanelTraits = PanelTraits> = AnyModel<Traits>;

/** Call `react` now, and after any of the traits changed (once for changes that come together). */
export function watch<Traits extends PanelTraits>(
  model: Model<Traits>,
  names: (keyof Traits & string)[],
  signal: AbortSignal,
  react: () => void,
): void {
  let due = false;
  const later = () => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      if (!signal.aborted) react();
    });
  };
  for (const name of names) {
    model.on(`change:${name}`, later);
    signal.addEventListener("abort", () => model.off(`change:${name}`, later));
  }
  react();
}

/** Send a message to the kernel; without a kernel it goes nowhere. */
export function send<Message extends { kind: string }>(
  model: Wire,
  message: Message,
  buffers: ArrayBuffer[] = [],
): void {
  const line = lineOf(model);
  try {
    const [content, attached] = line?.pack(message, buffers) ?? [message, buffers];
    model.send(content, undefined, attached);
    line?.travelled();
  } catch (error) {
    // A kernel that is gone must not stop the page from closing its microphone.
    console.warn("rtwidgets: a message could not be sent", error);
  }
}

/** Kinds that every panel has, and no widget hears. */
const OWN = new Set(["line", "capture"]);

/** Hear the kernel's messages until the signal ends. */
export function listen<Message extends { kind: string }>(
  model: { on: Model["on"]; off: Model["off"] },
  signal: AbortSignal,
  take: (message: Message, buffers: DataView[]) => void,
): void {
  const handler = (message: Message & Packed, buffers: DataView[]) => {
    if (message === null || typeof message !== "object") return;
    if (typeof message.kind !== "string" || OWN.has(message.kind)) return;
    take(message, unpack(message, buffers));
  };
  model.on("msg:custom", handler);
  signal.addEventListener("abort", () => model.off("msg:custom", handler));
}

/**
 * Call `react` when the kernel that the model lived in was restarted or went away: the page keeps
 * the model, but nothing that is sent arrives any more. (The runtime's own event; a host that
 * does not have it never fires it.)
 */
export function onKernelGone(
  model: { on: Model["on"]; off: Model["off"] },
  signal: AbortSignal,
  react: () => void,
): void {
  model.on("comm_live_update", react);
  signal.addEventListener("abort", () => model.off("comm_live_update" as "msg:custom", react));
}

/** A view that is drawn anew goes and comes; what is started outlives that, in ms. */
const UNSEEN_MS = 1000;

export interface StartContext<Traits extends PanelTraits> {
  model: Model<Traits>;
  /** Ends when the model leaves the page, or soon after its last view did. */
  signal: AbortSignal;
}

export interface DrawContext<Traits extends PanelTraits, State> {
  model: Model<Traits>;
  /** The panel's own element, styled, inside the view's. */
  root: HTMLElement;
  /** Ends when this view leaves the page. */
  signal: AbortSignal;
  /** What `start` returned. */
  state: State;
}

export interface PanelDefinition<Traits extends PanelTraits, State> {
  /** The widget's one word: its style class is `rtw-<word>`. */
  word: string;
  /** Its name for screen readers. */
  label: string;
  styles: string;
  start: (context: StartContext<Traits>) => State;
  draw: (context: DrawContext<Traits, State>) => void;
}

/** What runs for one model, until `life` ends. */
interface Started<State> {
  state: State;
  life: AbortController;
  views: number;
}

interface Lifetime {
  model: Model;
  /** Older hosts give none. */
  signal?: AbortSignal;
}

/** The default export of a widget's module. */
export function definePanel<Traits extends PanelTraits, State>(
  definition: PanelDefinition<Traits, State>,
) {
  // The runtime wraps a model anew for every call, so the model itself cannot be the key.
  const started = new Map<string, Started<State>>();
  // What is given to a view is deaf when that view goes; what was given first is not.
  const models = new Map<string, Model<Traits>>();

  function startOnce(given: Model<Traits>): Started<State> {
    const key = given.get("panel_id");
    const known = started.get(key);
    if (known !== undefined) return known;
    const model = models.get(key) ?? given;
    const life = new AbortController();
    openLine(model, life.signal);
    const state = definition.start({ model, signal: life.signal });
    const here = { state, life, views: 0 };
    started.set(key, here);
    life.signal.addEventListener("abort", () => {
      if (started.get(key) === here) started.delete(key);
    });
    return here;
  }

  /** A view keeps what was started; it may end soon after the last one. */
  function see(here: Started<State>, signal: AbortSignal): void {
    here.views++;
    signal.addEventListener("abort", () => {
      here.views--;
      setTimeout(() => {
        if (here.views === 0) here.life.abort();
      }, UNSEEN_MS);
    });
  }

  return {
    initialize({ model, signal }: Lifetime): (() => void) | undefined {
      const [life, cleanup] = lifetime(signal);
      const own = model as Model<Traits>;
      const key = own.get("panel_id");
      models.set(key, own);
      startOnce(own);
      life.addEventListener("abort", () => {
        if (models.get(key) !== own) return;
        models.delete(key);
        started.get(key)?.life.abort();
      });
      return cleanup;
    },
    render({ model, el, signal }: Lifetime & { el: HTMLElement }): (() => void) | undefined {
      const [life, cleanup] = lifetime(signal);
      const own = model as Model<Traits>;
      const here = startOnce(own);
      see(here, life);
      const root = h("section", {
        class: `rtw rtw-${definition.word}`,
        "aria-label": definition.label,
        // The notebook's own one-key shortcuts must not fire while a control has the focus.
        "data-lm-suppress-shortcuts": "true",
      });
      el.append(h("style", {}, definition.styles), root);
      watchKernel(own, lineOf(own) as Line, root, life);
      definition.draw({ model: own, root, signal: life, state: here.state });
      drawProblem(own, root, life);
      return cleanup;
    },
  };
}

/** The host's signal, or one of our own with the cleanup that ends it. */
function lifetime(signal: AbortSignal | undefined): [AbortSignal, (() => void) | undefined] {
  if (signal !== undefined) return [signal, undefined];
  const controller = new AbortController();
  return [controller.signal, () => controller.abort()];
}

/** A line under the panel for what failed in Python. */
function drawProblem(model: Model, root: HTMLElement, signal: AbortSignal): void {
  const line = h("p", { class: "rtw-problem", role: "alert", hidden: true });
  root.append(line);
  watch(model, ["problem"], signal, () => {
    const problem = model.get("problem") ?? "";
    line.hidden = problem === "";
    setText(line, problem);
  });
}
