// Every event on the wire: a list of any length, filters above it, the opened event below it, and
// a form for an event by hand. What is shown, and from where, is this view's own matter; the
// kernel answers questions (see events/window.ts).

import { h, setText } from "../dom";
import { composer } from "../events/composer";
import { DetailPane } from "../events/detail";
import { filters } from "../events/filters";
import { drawLine, headLine } from "../events/lines";
import { EventWindow } from "../events/window";
import type { EventLogTraits, EventRow } from "../model";
import { definePanel, isReadonly, type Model, needsKernel, onKernelGone, watch } from "../panel";
import { VirtualList } from "../scroll/virtual_list";
import styles from "./event_log.css";

/** Height of a row and of the line of names, in px; the style sheet says the same. */
const ONE_LINE = { row: 22, head: 24 };
const TWO_LINES = { row: 40, head: 42 };
/** A log that is narrower than this, in px, has two lines a row: no column is left out. */
const NARROW = 680;
/** An end that is not told by then is asked for, in ms. */
const UNTOLD = 400;
/** A reader who looks at the past needs to know how much follows, but not at once; in ms. */
const PAST = 1000;

let views = 0;

export default definePanel<EventLogTraits, null>({
  word: "event_log",
  label: "Events",
  styles,
  start: () => null,
  draw({ model, root, signal }) {
    views += 1;
    const view = `rtw-event_log-${views}`;
    const box = h("div", {
      class: "rtw-event_log-box-list",
      role: "grid",
      tabindex: 0,
      "aria-label": "Events on the wire",
      "aria-colcount": 6,
      "aria-multiselectable": "false",
    });
    const rows = h("div", { role: "rowgroup" });
    const empty = h("p", { class: "rtw-event_log-empty" });
    const status = h("span", { class: "rtw-event_log-status rtw-muted" });
    const pause = h("button", { type: "button", class: "rtw-button", "aria-pressed": "false" });
    const latest = h(
      "button",
      {
        type: "button",
        class: "rtw-button rtw-event_log-latest",
        hidden: true,
        title: "Goes to the newest event and follows what comes",
      },
      "↓ Latest",
    );
    box.append(headLine(), rows, empty);

    let paused = false;
    let away = false; // in a tab that is not open
    let stopped = 0;
    let selected = -1;
    let fresh = true;
    let asked = Number.NEGATIVE_INFINITY;
    let later: ReturnType<typeof setTimeout> | undefined;
    signal.addEventListener("abort", () => clearTimeout(later));

    const list = new VirtualList({
      box,
      rows,
      ...ONE_LINE,
      signal,
      draw: (index, element) => {
        const place = { index, id: `${view}-${index}`, selected: index === selected };
        drawLine(element, window.row(index), place);
      },
      moved: () => {
        latest.hidden = list.follows;
        point();
        if (away && root.closest("[hidden]") === null) {
          away = false;
          look();
        }
        if (!window.has(list.range)) window.want({ ...list.range, follow: false });
      },
    });
    const window: EventWindow = new EventWindow(model, view, signal, () => {
      if (window.silent && window.total === 0) window.fill(model.get("tail"));
      list.set(window.total);
      fresh = false;
      say();
    });
    const look = () => {
      asked = performance.now();
      const range = list.range;
      window.want({ ...range, count: Math.max(range.count, 40), follow: list.follows });
    };
    const pane = new DetailPane(model, view, signal, () => box.focus({ preventScroll: true }));
    const bar = filters(model, signal, (filter) => {
      selected = -1;
      list.follows = true;
      // Also in a pause: the question says until when it asks.
      list.set(0);
      window.change(filter, { first: 0, count: 80, follow: true });
    });

    const say = () => {
      setText(status, words(model, window, paused ? stopped : -1));
      box.setAttribute("aria-rowcount", String(list.total + 1));
      box.setAttribute("aria-busy", String(window.seen < window.events));
      empty.hidden = list.total > 0 || fresh;
      const searching = window.seen < window.events;
      const none = model.get("events") === 0 ? "No event yet." : "No event fits the filter.";
      setText(empty, searching ? "Searching …" : none);
    };
    // A screen reader may only be pointed at a row that is in the page.
    const point = () => {
      const { first, count } = list.range;
      const there = selected >= first && selected < first + count;
      if (there) box.setAttribute("aria-activedescendant", `${view}-${selected}`);
      else box.removeAttribute("aria-activedescendant");
    };
    const select = (index: number) => {
      if (list.total === 0) return;
      selected = Math.min(Math.max(0, index), list.total - 1);
      list.reveal(selected);
      const row = window.row(selected);
      if (pane.open !== null && row !== undefined) show(row);
    };
    const open = () => {
      const row = window.row(selected);
      if (row !== undefined) show(row);
    };
    const show = (row: EventRow) => {
      pane.show(row);
      if (isReadonly(root)) pane.say("What is in it was not saved with the notebook.");
    };

    box.addEventListener(
      "click",
      (event) => {
        const line = event.target instanceof Element ? event.target.closest("[data-index]") : null;
        if (!(line instanceof HTMLElement) || globalThis.getSelection()?.toString()) return;
        select(Number(line.dataset.index));
        open();
      },
      { signal },
    );
    box.addEventListener(
      "keydown",
      (event) => {
        const from = selected < 0 ? list.total : selected;
        const steps: Record<string, () => void> = {
          ArrowDown: () => select(selected < 0 ? 0 : selected + 1),
          ArrowUp: () => select(from - 1),
          PageDown: () => select(selected + list.page),
          PageUp: () => select(from - list.page),
          Home: () => select(0),
          End: () => {
            select(list.total - 1);
            list.toEnd();
          },
          Enter: open,
          Escape: () => pane.close(),
        };
        const step = steps[event.key];
        if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        event.stopPropagation();
        step();
      },
      { signal },
    );
    latest.addEventListener(
      "click",
      () => {
        if (paused) toggle();
        list.toEnd();
        look();
        box.focus({ preventScroll: true });
      },
      { signal },
    );
    const toggle = () => {
      paused = !paused;
      pause.setAttribute("aria-pressed", String(paused));
      setText(pause, paused ? "Resume" : "Pause");
      stopped = model.get("events");
      window.until = paused ? stopped : null;
      clearTimeout(later);
      // In a pause the question is one that is answered once.
      if (paused) window.want({ ...list.range, follow: false });
      else look();
      say();
    };
    pause.addEventListener("click", toggle, { signal });
    pause.title = "Stop and go on showing new events; they are kept meanwhile";
    setText(pause, "Pause");

    bar.element.append(pause);
    const byHand = composer(model, view, signal);
    needsKernel(bar.element, byHand);
    root.append(
      bar.element,
      h("div", { class: "rtw-event_log-frame" }, box, latest),
      h("div", { class: "rtw-event_log-foot" }, status),
      pane.element,
      byHand,
    );

    let narrow = false;
    const widths = new ResizeObserver(() => {
      const { clientWidth } = box;
      if (clientWidth === 0 || clientWidth < NARROW === narrow) return;
      narrow = !narrow;
      root.dataset.lines = narrow ? "2" : "1";
      const { row, head } = narrow ? TWO_LINES : ONE_LINE;
      list.resize(row, head);
    });
    widths.observe(box);
    signal.addEventListener("abort", () => widths.disconnect());

    watch(model, ["height"], signal, () => {
      box.style.setProperty("--rtw-event_log-height", model.get("height"));
    });
    // Each new count is a reason to look: at once for whoever follows the end.
    watch(model, ["events", "lost"], signal, () => {
      say();
      away = root.closest("[hidden]") !== null;
      if (paused || away) return;
      const told = list.follows && window.fed;
      const wait = told ? UNTOLD : list.follows ? 0 : asked + PAST - performance.now();
      clearTimeout(later);
      if (wait <= 0) look();
      else {
        later = setTimeout(() => {
          if (!told || window.events < model.get("events")) look();
        }, wait);
      }
    });
    onKernelGone(model, signal, () => window.silence());
    if (isReadonly(root)) window.silence();
  },
});

/** The line below the list: how many, how far, what is missing. */
function words(model: Model<EventLogTraits>, window: EventWindow, stopped: number): string {
  const events = model.get("events");
  const { total } = window;
  const rows = total === events ? "" : ` in ${total.toLocaleString()} row${total === 1 ? "" : "s"}`;
  const parts = [`${events.toLocaleString()} event${events === 1 ? "" : "s"}${rows}`];
  if (window.seen < window.events) {
    parts.push(`looked at ${Math.floor((100 * window.seen) / window.events)} %`);
  }
  if (stopped >= 0) {
    const more = events - stopped;
    parts.push(more > 0 ? `paused, ${more.toLocaleString()} more since` : "paused");
  }
  const lost = model.get("lost");
  if (lost > 0) parts.push(`the oldest ${lost.toLocaleString()} could not be kept`);
  if (window.silent) parts.push("the kernel does not answer: the last rows that are here");
  return parts.join(" · ");
}
