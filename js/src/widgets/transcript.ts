// The transcript: rows of words in conversation order, following the end unless the reader
// scrolled up. Everything from a model, a tool or a person enters as text.

import { h, setText } from "../dom";
import type { Role, Row, TranscriptTraits } from "../model";
import { definePanel, watch } from "../panel";
import { RowWindow } from "../window";
import styles from "./transcript.css";

const WHO: Record<Role, string> = {
  user: "You",
  assistant: "Assistant",
  system: "System",
  call: "Tool call",
  result: "Tool result",
  error: "Error",
};

/** Nearer to the end than this, in px, the reader follows. */
const AT_END = 24;

/** One line on the page; it changes only what differs. */
class Line {
  readonly element: HTMLElement;
  row: Row;
  readonly #who = h("span", { class: "rtw-transcript-who" });
  readonly #name = h("span", { class: "rtw-transcript-name" });
  readonly #text = h("span", { class: "rtw-transcript-text" });
  readonly #note = h("span", { class: "rtw-transcript-note" });
  readonly #words = document.createTextNode("");

  constructor(row: Row) {
    this.#text.append(this.#words);
    this.element = h(
      "div",
      { class: "rtw-transcript-row" },
      this.#who,
      h("div", { class: "rtw-transcript-what", dir: "auto" }, this.#name, this.#text, this.#note),
    );
    this.row = row;
    this.#write();
  }

  update(row: Row): void {
    if (row === this.row) return;
    this.row = row;
    this.#write();
  }

  #write(): void {
    const { role, name, text, note, state } = this.row;
    const shown = this.#words.data;
    // Appending keeps a reader's selection alive while the words grow.
    if (text !== shown && text.startsWith(shown)) this.#words.appendData(text.slice(shown.length));
    else if (text !== shown) this.#words.data = text;
    setText(this.#who, WHO[role]);
    setText(this.#name, name);
    setText(this.#note, note);
    this.element.dataset.role = role;
    this.element.dataset.state = state;
  }
}

const settled = (row: Row): boolean => row.state !== "growing" && row.state !== "pending";

/** What a screen reader is told once a row is final. */
function spoken({ role, name, text, note }: Row): string {
  return `${WHO[role]}: ${[name, text, note].filter((part) => part !== "").join(" ")}`;
}

export default definePanel<TranscriptTraits, RowWindow>({
  word: "transcript",
  label: "Transcript",
  styles,
  start: ({ model, signal }) => new RowWindow(model, signal),
  draw({ model, root, signal, state: window }) {
    const lines = new Map<string, Line>();
    const empty = h("p", { class: "rtw-transcript-empty" }, "Nothing was said yet.");
    const log = h("div", {
      class: "rtw-transcript-log",
      role: "log",
      // Words that grow would be read again and again: final rows are told to `announcer`.
      "aria-live": "off",
      "aria-label": "Conversation",
      tabindex: 0,
    });
    const announcer = h("div", { class: "rtw-spoken", "aria-live": "polite" });
    const latest = h(
      "button",
      { class: "rtw-button rtw-transcript-latest", type: "button", hidden: true },
      "↓ Latest",
    );
    root.append(log, latest, announcer);

    let follows = true;
    let [lastTop, lastHeight, lastWidth] = [0, 0, 0];
    const remember = () => {
      [lastTop, lastHeight, lastWidth] = [log.scrollTop, log.scrollHeight, log.clientWidth];
    };
    const settle = () => {
      if (follows) log.scrollTop = log.scrollHeight;
      remember();
    };
    const place = () => {
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < AT_END;
      // Words that wrap anew move the place as well; only a reader who scrolls up stops it.
      const moved = log.scrollHeight !== lastHeight || log.clientWidth !== lastWidth;
      follows = atEnd || (follows && (moved || log.scrollTop >= lastTop));
      latest.hidden = follows;
      remember();
    };
    log.addEventListener("scroll", place, { signal, passive: true });
    latest.addEventListener(
      "click",
      () => {
        follows = true;
        latest.hidden = true;
        settle();
        log.focus();
      },
      { signal },
    );
    // The end moves when the box does: a hidden tab that opens, a reader who drags the corner.
    const sizes = new ResizeObserver(settle);
    sizes.observe(log);
    signal.addEventListener("abort", () => sizes.disconnect());

    watch(model, ["height"], signal, () => {
      log.style.setProperty("--rtw-transcript-height", model.get("height"));
    });

    let first = true;
    window.watch(signal, () => {
      const before = new Map([...lines].map(([key, line]) => [key, line.row]));
      arrange(log, lines, window.rows);
      if (window.rows.length > 0) empty.remove();
      else log.append(empty);
      settle();
      if (!first) announce(announcer, before, window.rows);
      first = false;
    });
  },
});

/** Make the children of `log` the rows, in order, touching only what is new, gone or moved. */
function arrange(log: HTMLElement, lines: Map<string, Line>, rows: readonly Row[]): void {
  const kept = new Set(rows.map((row) => row.id));
  for (const [key, line] of lines) {
    if (kept.has(key)) continue;
    line.element.remove();
    lines.delete(key);
  }
  let next = log.firstChild;
  for (const row of rows) {
    let line = lines.get(row.id);
    if (line === undefined) {
      line = new Line(row);
      lines.set(row.id, line);
    } else line.update(row);
    if (line.element === next) next = next.nextSibling;
    else log.insertBefore(line.element, next);
  }
}

function announce(announcer: HTMLElement, before: Map<string, Row>, rows: readonly Row[]): void {
  for (const row of rows) {
    const old = before.get(row.id);
    if (!settled(row) || (old !== undefined && settled(old))) continue;
    announcer.append(h("p", {}, spoken(row)));
    while (announcer.childElementCount > 5) announcer.firstElementChild?.remove();
  }
}
