// The transcript: rows of words in conversation order, following the end unless the reader
// scrolled up. Everything from a model, a tool or a person enters as text.

import { h } from "../dom";
import type { Row, TranscriptToKernel, TranscriptTraits } from "../model";
import { definePanel, isReadonly, onReadonly, PAGE, send, watch } from "../panel";
import { Line, type Shared } from "../transcript/line";
import { Toolbar } from "../transcript/toolbar";
import { settled, spoken } from "../transcript/words";
import { RowWindow } from "../window";
import styles from "./transcript.css";

/** Nearer to the end than this, in px, the reader follows. */
const AT_END = 24;

export default definePanel<TranscriptTraits, RowWindow>({
  word: "transcript",
  label: "Transcript",
  styles,
  start: ({ model, signal }) => new RowWindow(model, signal),
  draw({ model, root, signal, state: window }) {
    const tell = (message: TranscriptToKernel) => send(model, message);
    const shared: Shared = {
      signal,
      decide: (key, approve) => tell({ kind: "decide", page: PAGE, key, approve }),
      kernel: false,
      can: false,
      zero: 0,
      replaying: "",
    };
    const lines = new Map<string, Line>();
    const empty = h("p", { class: "rtw-transcript-empty" }, "Nothing was said yet.");
    const log = h("div", {
      class: "rtw-transcript-log",
      role: "log",
      // Words that grow would be read again and again: final rows are told to `announcer`.
      "aria-live": "off",
      "aria-label": "Conversation",
      "aria-description": "The arrow keys go from row to row.",
      tabindex: 0,
    });
    const announcer = h("div", { class: "rtw-spoken", "aria-live": "polite" });
    const latest = h(
      "button",
      {
        class: "rtw-button rtw-transcript-latest",
        type: "button",
        hidden: true,
        title: "Goes to the newest row and follows what comes",
      },
      "↓ Jump to latest",
    );
    root.append(log, latest, announcer);
    const toolbar = new Toolbar(shared, {
      replay: (row) => tell({ kind: "replay", page: PAGE, item_id: row.id }),
      remove: (row) => tell({ kind: "delete", page: PAGE, item_id: row.id }),
      say: (text) => say(announcer, text),
    });
    lookAt(log, lines, toolbar, signal);

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

    const refresh = () => {
      shared.kernel = !isReadonly(root);
      shared.can = shared.kernel && model.get("going_on");
      shared.zero = model.get("zero_ms");
      shared.replaying = model.get("replaying");
      for (const line of lines.values()) line.refresh();
      toolbar.update();
    };
    watch(model, ["going_on", "zero_ms", "replaying"], signal, refresh);
    onReadonly(root, signal, refresh);

    let first = true;
    window.watch(signal, () => {
      const before = new Map([...lines].map(([key, line]) => [key, line.row]));
      const focused = log !== document.activeElement && log.contains(document.activeElement);
      arrange(log, lines, window.rows, shared);
      toolbar.update();
      // The row with the focus is gone: the reader goes on from the list.
      if (focused && !log.contains(document.activeElement)) log.focus({ preventScroll: true });
      if (window.rows.length > 0) empty.remove();
      else log.append(empty);
      settle();
      if (!first) announce(announcer, before, window.rows);
      first = false;
    });
  },
});

/** Make the children of `log` the rows, in order, touching only what is new, gone or moved. */
function arrange(
  log: HTMLElement,
  lines: Map<string, Line>,
  rows: readonly Row[],
  shared: Shared,
): void {
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
      line = new Line(row, shared);
      lines.set(row.id, line);
    } else line.update(row);
    if (line.element === next) next = next.nextSibling;
    else log.insertBefore(line.element, next);
  }
}

/** The pointer and the focus choose the row that has the buttons; arrow keys move the focus. */
function lookAt(
  log: HTMLElement,
  lines: Map<string, Line>,
  toolbar: Toolbar,
  signal: AbortSignal,
): void {
  const rowOf = (target: EventTarget | null) =>
    target instanceof Element ? target.closest<HTMLElement>(".rtw-transcript-row") : null;
  const lineOf = (target: EventTarget | null) => {
    const row = rowOf(target);
    for (const line of lines.values()) if (line.element === row) return line;
    return null;
  };
  const show = (event: Event) => {
    const line = lineOf(event.target);
    if (line !== null) toolbar.show(line, event.type === "focusin");
  };
  log.addEventListener("pointerover", show, { signal, passive: true });
  log.addEventListener("focusin", show, { signal, passive: true });
  log.addEventListener("pointerleave", () => toolbar.show(lineOf(document.activeElement), false), {
    signal,
  });
  log.addEventListener(
    "keydown",
    (event) => {
      const now = rowOf(event.target);
      const rows = [...log.querySelectorAll<HTMLElement>(".rtw-transcript-row")];
      if (event.key === "Enter" && event.target === now) lineOf(now)?.toggle();
      else if (event.key === "Escape" && now !== null) log.focus({ preventScroll: true });
      else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
        const step = event.key === "ArrowUp" ? -1 : 1;
        // From the list itself the way goes to the newest row.
        const next = now === null ? rows.at(-1) : rows[rows.indexOf(now) + step];
        next?.focus({ preventScroll: true });
        next?.scrollIntoView?.({ block: "nearest" });
      } else return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );
}

function announce(announcer: HTMLElement, before: Map<string, Row>, rows: readonly Row[]): void {
  const waits = (row: Row) => row.ask?.state === "pending";
  for (const row of rows) {
    const old = before.get(row.id);
    const asks = waits(row) && !(old !== undefined && waits(old));
    const ends = settled(row) && !(old !== undefined && settled(old));
    const cut = row.unheard !== "" && old !== undefined && old.unheard === "" && settled(row);
    if (asks || ends || cut) say(announcer, spoken(row));
  }
}

function say(announcer: HTMLElement, text: string): void {
  announcer.append(h("p", {}, text));
  while (announcer.childElementCount > 5) announcer.firstElementChild?.remove();
}
