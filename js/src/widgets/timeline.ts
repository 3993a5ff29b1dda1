// The timeline: a session on one clock. Zoom and place are this view's own; for every stretch it
// asks the kernel, one question at a time, and until the answer is there it shows what it has.

import { h, put, setText } from "../dom";
import { barCount } from "../draw/bars";
import { HEIGHT, LANES, type Mark, markAt, nextMark, type Picture, picture } from "../draw/lanes";
import { paint, redraw, sizeCanvas } from "../draw/paint";
import { axis, clamp, clockText, follow, length, pan, type View, whole, zoom } from "../draw/view";
import type { TimelineTraits } from "../model";
import { type DrawContext, definePanel, isReadonly, needsKernel, watch } from "../panel";
import { Stretches } from "../timeline/stretches";
import styles from "./timeline.css";

/** A live session is first seen in such a stretch, in ms. */
const FIRST_VIEW = 20_000;
const NEARER = 0.7;
const HELP =
  "Arrow keys move, plus and minus zoom, Home shows all, End follows the live end, " +
  "comma and full stop step through events";

function button(text: string, title: string, name = ""): HTMLButtonElement {
  const small = name === "" ? "" : " rtw-timeline-zoom";
  const label = name || null;
  return h(
    "button",
    { type: "button", class: `rtw-button${small}`, title, "aria-label": label },
    text,
  );
}

/** A mark in words: what, when, how long. */
export function says({ text, from, to }: Pick<Mark, "text" | "from" | "to">): string {
  const at = `${(from / 1000).toFixed(3)} s`;
  return to - from < 0.5
    ? `${at}  ${text}`
    : `${at}  ${text}  (${((to - from) / 1000).toFixed(2)} s)`;
}

function draw({ model, root, signal }: DrawContext<TimelineTraits, null>) {
  const nearer = button("+", "Zoom in", "Zoom in");
  const farther = button("−", "Zoom out", "Zoom out");
  const all = button("All", "Show the whole session");
  const live = button("Live", "Follow the live end");
  needsKernel(live);
  const range = h("span", { class: "rtw-timeline-range" });
  const names = h("div", { class: "rtw-timeline-names", "aria-hidden": true });
  for (const { name, y, height } of LANES) {
    names.append(h("span", { style: `top: ${y + height / 2}px` }, name));
  }
  const canvas = h("canvas", {
    class: "rtw-canvas rtw-timeline-canvas",
    style: `height: ${HEIGHT}px`,
    tabindex: 0,
    role: "application",
    "aria-roledescription": "timeline",
    title: "",
  });
  const line = h("p", {
    class: "rtw-timeline-says rtw-muted",
    role: "status",
    "aria-live": "polite",
  });
  root.append(
    h("div", { class: "rtw-row" }, nearer, farther, all, live, range),
    h("div", { class: "rtw-timeline-body" }, names, canvas),
    line,
  );

  const end = () => model.get("end_ms");
  let view: View = whole(end());
  let following = model.get("live") && !isReadonly(root);
  if (following && length(view) > FIRST_VIEW) view = { from: 0, to: FIRST_VIEW };
  let shown: Picture = { groups: [], words: [], marks: [] };
  let cursor = -1; // a moment that is pointed at, in ms
  let width = 0;

  const drawing = redraw(canvas, signal, () => {
    const size = sizeCanvas(canvas);
    if (size.width !== width) {
      const back = width === 0;
      width = size.width;
      if (back) grow();
      ask();
    }
    if (width === 0) return;
    const window = stretches.window;
    if (window === null) {
      paint(canvas, []);
      return;
    }
    shown = picture(window, view, width);
    const x = ((cursor - view.from) / length(view)) * width;
    const line = { x, y: 0, width: 1, height: size.height };
    const pointed = cursor >= view.from ? [{ rects: [line], color: "--rtw-muted" }] : [];
    paint(canvas, [...shown.groups, ...pointed], shown.words);
  });
  const stretches = new Stretches(model, signal, () => drawing.request());
  const ask = () => stretches.ask(view, barCount(width));

  const show = (next: View, stillFollowing = false) => {
    following = stillFollowing;
    view = next;
    put(live, { "aria-pressed": String(following) });
    const { step } = axis(view, Math.max(width, 1));
    const until = Math.min(view.to, Math.max(end(), view.from));
    const words = `${clockText(view.from, step)} – ${clockText(until, step)}`;
    setText(range, words);
    put(canvas, { "aria-label": `Timeline, ${words}. ${HELP}` });
    ask();
    drawing.request();
  };
  const around = (factor: number, at = following ? end() : (view.from + view.to) / 2) => {
    const next = zoom(view, factor, at, end());
    show(following ? follow(next, end()) : next, following);
  };
  const say = (mark: Mark | undefined, at: number) => {
    cursor = at;
    setText(line, mark === undefined ? `${(at / 1000).toFixed(3)} s` : says(mark));
    drawing.request();
  };
  const quiet = () => {
    cursor = -1;
    setText(line, "");
    drawing.request();
  };
  const on = <K extends keyof HTMLElementEventMap>(
    element: HTMLElement,
    event: K,
    react: (event: HTMLElementEventMap[K]) => void,
    passive = true,
  ) => element.addEventListener(event, react, { signal, passive });

  on(nearer, "click", () => around(NEARER));
  on(farther, "click", () => around(1 / NEARER));
  on(all, "click", () => show(whole(end())));
  on(live, "click", () => show(following ? view : follow(view, end()), !following));

  const timeAt = (x: number) => view.from + (x / Math.max(width, 1)) * length(view);
  let drag: { x: number; view: View } | null = null;
  on(canvas, "pointerdown", (event) => {
    drag = { x: event.offsetX, view };
    canvas.setPointerCapture?.(event.pointerId);
  });
  on(canvas, "pointermove", (event) => {
    if (drag !== null && Math.abs(event.offsetX - drag.x) > 3) {
      canvas.dataset.dragging = "";
      const moved = ((drag.x - event.offsetX) / Math.max(width, 1)) * length(drag.view);
      show(pan(drag.view, moved, end()));
    } else {
      say(markAt(shown.marks, event.offsetX, event.offsetY), timeAt(event.offsetX));
    }
  });
  const drop = () => {
    drag = null;
    delete canvas.dataset.dragging;
  };
  for (const event of ["pointerup", "pointercancel"] as const) on(canvas, event, drop);
  on(canvas, "pointerleave", quiet);
  on(
    canvas,
    "wheel",
    (event) => {
      // A page that scrolls keeps its wheel, unless the timeline is in use.
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
      const mine = document.activeElement === canvas || event.ctrlKey || event.metaKey;
      if (!sideways && !mine) return;
      event.preventDefault();
      const by = event.deltaX || event.deltaY;
      if (sideways) show(pan(view, (by / Math.max(width, 1)) * length(view), end()));
      else show(zoom(view, Math.exp(event.deltaY / 400), timeAt(event.offsetX), end()));
    },
    false,
  );

  const step = (forward: boolean) => {
    const from = cursor >= 0 ? cursor : forward ? view.from - 1 : view.to + 1;
    const mark = nextMark(shown.marks, from, forward);
    if (mark === undefined) return;
    say(mark, mark.from);
    if (mark.from < view.from || mark.from > view.to) {
      show(pan(view, mark.from - (view.from + view.to) / 2, end()));
    }
  };
  const keys: Record<string, () => void> = {
    ArrowLeft: () => show(pan(view, -length(view) / 8, end())),
    ArrowRight: () => show(pan(view, length(view) / 8, end())),
    ArrowUp: () => around(NEARER),
    ArrowDown: () => around(1 / NEARER),
    "+": () => around(NEARER),
    "=": () => around(NEARER),
    "-": () => around(1 / NEARER),
    Home: () => show(whole(end())),
    End: () => show(follow(view, end()), true),
    ",": () => step(false),
    ".": () => step(true),
    Escape: quiet,
  };
  on(
    canvas,
    "keydown",
    (event) => {
      const react = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
      if (react === undefined) return;
      event.preventDefault();
      react();
    },
    false,
  );
  on(canvas, "blur", quiet);

  let known = Number.NEGATIVE_INFINITY; // the end that is shown
  const grow = () => {
    live.disabled = !model.get("live");
    // What moves by less than half a column looks the same.
    const column = length(view) / Math.max(barCount(width), 1);
    if (!live.disabled && end() - known < Math.min(column / 2, 1000)) return;
    const before = known;
    known = end();
    if (following) show(follow(view, known), model.get("live"));
    else if (view.to >= before) show(clamp(view, known));
  };
  watch(model, ["end_ms", "live"], signal, () => {
    // In a tab that is not open nothing moves; when it opens it is drawn, which comes here too.
    if (root.closest("[hidden]") === null) grow();
  });
  // Frames of the microphone tell nobody; whoever follows looks.
  const timer = setInterval(() => {
    const seen = document.visibilityState === "visible" && canvas.clientWidth > 0;
    if (following && seen) ask();
  }, 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
}

export default definePanel<TimelineTraits, null>({
  word: "timeline",
  label: "Timeline",
  styles,
  start: () => null,
  draw,
});
