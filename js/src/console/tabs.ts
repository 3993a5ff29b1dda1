// Tabs as the ARIA practices describe them: one of them is in the order of the Tab key, arrows,
// Home and End go between them, and what they go to opens. A pane gets its content when it is
// opened for the first time, and keeps it.

import { h } from "../dom";

let count = 0;

export interface Tab {
  word: string;
  label: string;
  title: string;
}

export interface TabsOptions {
  tabs: Tab[];
  signal: AbortSignal;
  /** Put the content of a tab into its pane; called once. */
  fill: (word: string, pane: HTMLElement) => void;
  /** A person opened a tab. */
  chosen: (word: string) => void;
}

export class Tabs {
  readonly list = h("div", { role: "tablist", "aria-label": "Panels", class: "rtw-console-tabs" });
  readonly panes = h("div", { class: "rtw-console-panes" });
  readonly #tabs = new Map<string, { tab: HTMLButtonElement; pane: HTMLElement }>();
  readonly #filled = new Set<string>();
  readonly #fill: TabsOptions["fill"];

  constructor({ tabs, signal, fill, chosen }: TabsOptions) {
    this.#fill = fill;
    count += 1;
    for (const { word, label, title } of tabs) {
      const id = `rtw-console-${count}-${word}`;
      const tab = h(
        "button",
        {
          type: "button",
          role: "tab",
          id,
          title,
          class: "rtw-console-tab",
          "aria-controls": `${id}-pane`,
        },
        label,
      );
      const pane = h("div", { role: "tabpanel", id: `${id}-pane`, "aria-labelledby": id });
      pane.className = "rtw-console-pane";
      pane.hidden = true;
      this.#tabs.set(word, { tab, pane });
      this.list.append(tab);
      this.panes.append(pane);
      tab.addEventListener("click", () => chosen(word), { signal });
    }
    this.list.addEventListener(
      "keydown",
      (event) => {
        const words = [...this.#tabs.keys()];
        const at = words.findIndex((word) => this.#tabs.get(word)?.tab === event.target);
        const steps: Record<string, number> = {
          ArrowLeft: at - 1,
          ArrowRight: at + 1,
          Home: 0,
          End: words.length - 1,
        };
        const step = steps[event.key];
        if (at < 0 || step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        const word = words[(step + words.length) % words.length];
        if (word === undefined) return;
        chosen(word);
        this.#tabs.get(word)?.tab.focus();
      },
      { signal },
    );
  }

  /** Open one of them; `folded` leaves its pane closed. */
  show(open: string, folded: boolean): void {
    for (const [word, { tab, pane }] of this.#tabs) {
      const selected = word === open;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      pane.hidden = !selected || folded;
      if (!pane.hidden && !this.#filled.has(word)) {
        this.#filled.add(word);
        this.#fill(word, pane);
      }
    }
    this.panes.hidden = folded;
  }
}
