// What stands below the talk, or beside it: a tab for each panel, the arrangement that the page
// remembers, and word to the kernel of what is in sight.

import { h, icon, setText } from "../dom";
import type { ConsoleTab, ConsoleToKernel, ConsoleTraits } from "../model";
import { type Model, PAGE, send, watch } from "../panel";
import { type Arrangement, remember, remembered } from "./memory";
import { Tabs } from "./tabs";

const LABELS: Record<ConsoleTab, [string, string]> = {
  timeline: ["Timeline", "Who spoke when, and what the answers waited for"],
  event_log: ["Events", "Every message between the notebook and the server"],
  usage_table: ["Usage", "Tokens of each answer, and what they cost"],
  session_panel: ["Settings", "How the session stands, to be changed while it runs"],
};

const SPLIT = "M2 3h12v10H2zm1.5 1.5v7h3.75v-7zm5.25 0v7h3.75v-7z";
const UP = "M8 5.5 13 10.5l-1 1L8 7.5l-4 4-1-1z";

let views = 0;

function button(path: string, name: string): HTMLButtonElement {
  const attributes = { type: "button", class: "rtw-button rtw-console-small", title: name };
  return h("button", { ...attributes, "aria-label": name }, icon(path));
}

/**
 * The tabs, in `body`, whose mark `data-split` says that they stand beside the talk. `fill` puts a
 * panel into its pane. Null where the console has no panel for a tab.
 */
export function drawDetails(
  model: Model<ConsoleTraits>,
  body: HTMLElement,
  signal: AbortSignal,
  fill: (word: ConsoleTab, pane: HTMLElement) => void,
): HTMLElement | null {
  const words = model.get("tabs");
  const first = words[0];
  if (first === undefined) return null;
  const before = remembered(model.get("name"));
  const now: Arrangement = { tab: first, split: false, folded: false, ...before };
  if (!words.some((word) => word === now.tab)) now.tab = first;

  views += 1;
  const view = String(views);
  const split = button(SPLIT, "Show the panels beside the talk");
  const fold = button(UP, "Fold the panels");
  const usage = h("span", { class: "rtw-console-usage rtw-muted" });
  const tabs = new Tabs({
    tabs: words.map((word) => {
      const [label, title] = LABELS[word] ?? [word, word];
      return { word, label, title };
    }),
    signal,
    fill: (word, pane) => fill(word as ConsoleTab, pane),
    chosen: (word) => arrange({ tab: word, folded: false }),
  });

  const show = () => {
    tabs.show(now.tab, now.folded);
    body.toggleAttribute("data-split", now.split && !now.folded);
    split.setAttribute("aria-pressed", String(now.split));
    fold.setAttribute("aria-expanded", String(!now.folded));
    const what = now.folded ? "Unfold the panels" : "Fold the panels";
    fold.title = what;
    fold.setAttribute("aria-label", what);
    const tab = now.folded ? "" : now.tab;
    send<ConsoleToKernel>(model, { kind: "look", page: PAGE, view, tab });
  };
  const arrange = (change: Partial<Arrangement>) => {
    Object.assign(now, change);
    remember(model.get("name"), now);
    show();
  };
  split.addEventListener("click", () => arrange({ split: !now.split, folded: false }), { signal });
  fold.addEventListener("click", () => arrange({ folded: !now.folded }), { signal });
  watch(model, ["usage"], signal, () => {
    setText(usage, model.get("usage"));
    usage.title = model.get("usage");
  });
  signal.addEventListener("abort", () => {
    send<ConsoleToKernel>(model, { kind: "leave", page: PAGE, view });
  });
  show();
  return h(
    "div",
    { class: "rtw-console-details" },
    h("div", { class: "rtw-console-bar" }, tabs.list, usage, split, fold),
    tabs.panes,
  );
}
