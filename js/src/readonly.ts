/**
 * Whether a panel in this page reaches its kernel; where it does not, it only shows.
 *
 * A notebook that keeps its widgets shows them again without a kernel. What somebody would press
 * there goes nowhere, so it cannot be pressed: all that is marked by `needsKernel` is inert, and
 * a line says why. How it is known: where the runtime is ipywidgets, its view has a class while
 * the model has no comm, so a kernel that is slow or busy is never taken for none. Other hosts do
 * not tell; there a handshake that stays unanswered is the sign. Whatever was thought, an answer
 * brings the panel to life.
 */

import { h, setText } from "./dom";
import type { Line } from "./transport";

/** A host that does not tell has so long to answer the handshake, in ms. */
const PATIENCE = 10_000;

/** What `root` hears when it has become readonly, or is no longer. */
const CHANGED = "rtw-readonly";

type Why = "" | "saved" | "gone" | "silent";

const WORDS: Record<Why, string> = {
  "": "",
  saved: "Saved; no kernel. Run the cell to bring this panel to life.",
  gone: "The kernel is gone. Run the cell again.",
  silent: "No kernel answers. This is how it was saved.",
};

/** Mark what is of no use without a kernel. */
export function needsKernel(...elements: Element[]): void {
  for (const element of elements) element.toggleAttribute("data-needs-kernel", true);
}

/** A panel that only shows. */
export function isReadonly(root: HTMLElement): boolean {
  return root.dataset.readonly !== undefined;
}

/** Call `react` after every change of `isReadonly(root)`, until the signal ends. */
export function onReadonly(root: HTMLElement, signal: AbortSignal, react: () => void): void {
  root.addEventListener(CHANGED, react, { signal });
}

interface Hearing {
  // biome-ignore lint/suspicious/noExplicitAny: the runtime overloads these by event
  on: (event: any, handler: any) => void;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  off: (event: any, handler: any) => void;
}

/** Whether the runtime has a comm for the view around `element`; `undefined` if it does not tell. */
function hasComm(element: Element): boolean | undefined {
  if (element.closest(".jupyter-widgets-disconnected") !== null) return false;
  return element.closest(".lm-Widget, .p-Widget") === null ? undefined : true;
}

/** Keep `root` readonly while there is no kernel; called before anything is drawn in it. */
export function watchKernel(
  model: Hearing,
  line: Line,
  root: HTMLElement,
  signal: AbortSignal,
): void {
  const says = h("p", { class: "rtw-saved rtw-muted", hidden: true });
  root.append(says);
  const freeze = () => {
    const still = isReadonly(root);
    for (const element of root.querySelectorAll("[data-needs-kernel]")) {
      element.toggleAttribute("inert", still);
    }
  };
  // What is drawn later is as inert as what is there.
  const observer = new MutationObserver(freeze);
  const become = (why: Why) => {
    says.hidden = why === "";
    setText(says, WORDS[why]);
    if (why === "") delete root.dataset.readonly;
    else root.dataset.readonly = why;
    observer.disconnect();
    if (why !== "") observer.observe(root, { childList: true, subtree: true });
    freeze();
    root.dispatchEvent(new Event(CHANGED));
  };

  if (hasComm(root) === false) become(line.answered ? "gone" : "saved");
  const timer = setTimeout(() => {
    if (hasComm(root) === undefined && !line.answered) become("silent");
  }, PATIENCE);
  line.onAnswer(() => isReadonly(root) && become(""), signal);
  let due: ReturnType<typeof setTimeout> | undefined;
  const changed = () => {
    // The runtime's own view hears it too, perhaps later.
    clearTimeout(due);
    due = setTimeout(() => {
      if (hasComm(root) === false) become("gone");
      else if (isReadonly(root)) become("");
    }, 0);
  };
  model.on("comm_live_update", changed);
  signal.addEventListener("abort", () => {
    model.off("comm_live_update", changed);
    observer.disconnect();
    clearTimeout(timer);
    clearTimeout(due);
  });
}
