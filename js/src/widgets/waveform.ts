// One sound as a waveform: what was heard in its side's colour, what is still to come lighter,
// what an interruption cut off fainter still, and a cursor that follows the loudspeaker. One can
// look closer, see the frequencies, and go back to older sounds.

import { h, icon, put, setText } from "../dom";
import { barCount, bars, type Rect } from "../draw/bars";
import { paintHeat } from "../draw/heat";
import { waveRects } from "../draw/lanes";
import { paint, redraw, sizeCanvas } from "../draw/paint";
import { playhead, seconds, slots, span } from "../draw/span";
import { type View, within, zoomWithin } from "../draw/view";
import type { WaveformToKernel, WaveformTraits } from "../model";
import {
  type DrawContext,
  definePanel,
  isReadonly,
  type Model,
  needsKernel,
  PAGE,
  send,
  watch,
} from "../panel";
import { unpacked } from "../transport";
import { Closer } from "../waveform/closer";
import styles from "./waveform.css";

const OLDER = "M10.5 2.5 5 8l5.5 5.5 1-1L7 8l4.5-4.5z";
const NEWER = "M5.5 2.5 11 8l-5.5 5.5-1-1L9 8 4.5 3.5z";
const SPECTRUM = "M2 13V9h1.5v4zm3-0V5h1.5v8zm3 0V2h1.5v11zm3 0V7h1.5v6z";
const NEARER = 0.6;

/** Peaks as they came over the wire; there are none before the first reply. */
function pairs(model: Model<WaveformTraits>): Int8Array {
  return unpacked(model.get("peaks"));
}

/** The facts beside the label: length, how much was heard, what happened to the rest. */
function facts(model: Model<WaveformTraits>): string {
  const [duration, played, cut] = [
    model.get("duration_ms"),
    model.get("played_ms"),
    model.get("cut_ms"),
  ];
  if (cut >= 0) return `interrupted at ${seconds(cut)} of ${seconds(duration)}`;
  if (played < 0) return seconds(duration);
  return `${seconds(Math.min(played, duration))} / ${seconds(duration)}`;
}

function button(name: string, ...content: (Node | string)[]): HTMLButtonElement {
  const classes = "rtw-button rtw-waveform-button";
  return h(
    "button",
    { type: "button", class: classes, title: name, "aria-label": name },
    ...content,
  );
}

function draw({ model, root, signal }: DrawContext<WaveformTraits, null>) {
  const what = () => (model.get("side") === "model" ? "reply" : "speech");
  const label = h("span", { class: "rtw-waveform-label" });
  const time = h("span", { class: "rtw-waveform-time rtw-muted" });
  const older = button(`Older ${what()}`, icon(OLDER));
  const newer = button(`Newer ${what()}`, icon(NEWER));
  const nearer = button("Zoom in", "+");
  const farther = button("Zoom out", "−");
  const spectrum = button("Spectrogram", icon(SPECTRUM));
  spectrum.setAttribute("aria-pressed", "false");
  const canvas = h("canvas", { class: "rtw-canvas", role: "img", tabindex: 0 });
  const hertz = h("span", { class: "rtw-waveform-hertz rtw-muted", hidden: true });
  const waits =
    model.get("side") === "model"
      ? "The reply's sound appears here."
      : "What you say appears here.";
  const empty = h("p", { class: "rtw-waveform-empty" }, waits);
  root.dataset.side = model.get("side");
  needsKernel(older, newer, nearer, farther, spectrum);
  root.append(
    h(
      "div",
      { class: "rtw-row rtw-waveform-head" },
      ...[older, newer],
      h("div", { class: "rtw-waveform-words rtw-grow" }, label, time),
      ...[farther, nearer, spectrum],
    ),
    h("div", { class: "rtw-waveform-box" }, canvas, hertz, empty),
  );

  let reported = performance.now();
  let shown = -1; // where the cursor stands: within one reply it never goes back
  let item = "";
  let closeUp: View | null = null; // what is shown, unless it is all
  let frequencies = false;

  const duration = () => model.get("duration_ms");
  const view = (): View => closeUp ?? { from: 0, to: span(duration()) };

  const drawing = redraw(canvas, signal, () => {
    const { width, height } = sizeCanvas(canvas);
    const [length, cut] = [duration(), model.get("cut_ms")];
    const playing = model.get("playing");
    const since = performance.now() - reported;
    const end = cut >= 0 ? Math.min(cut, length) : length;
    shown = Math.max(shown, playhead(model.get("played_ms"), since, playing, end));
    const { from, to } = view();
    const x = (ms: number) => ((ms - from) / (to - from)) * width;
    const count = barCount(width);
    const rects: Rect[] = [];
    const close = closer.peaks;
    const question = { item_id: item, from, to, columns: Math.max(count, 1) };
    if (closeUp === null) {
      rects.push(...bars(slots(pairs(model), model.get("bucket_ms"), to, count), width, height));
    } else {
      const known = { from: close?.from_ms ?? 0, to: close?.to_ms ?? 1 };
      rects.push(...waveRects(close?.peaks ?? new Int8Array(), known, view(), width, 0, height));
      if (close === null || close.from_ms !== from || close.to_ms !== to) closer.askPeaks(question);
    }
    const heard = shown < 0 ? end : Math.min(shown, end);
    const middle: Rect = { x: 0, y: height / 2 - 0.5, width, height: 1 };
    const cursor: Rect = { x: Math.min(x(shown), width - 1), y: 0, width: 1, height };
    const mark: Rect = { x: Math.min(x(cut), width - 2), y: 0, width: 2, height };
    const marks = [
      { rects: cut >= 0 && cut >= from && cut <= to ? [mark] : [], color: "--rtw-danger" },
      { rects: playing && shown >= from && shown <= to ? [cursor] : [], color: "--rtw-text" },
    ];
    if (frequencies && item !== "") {
      const until = Math.min(to, length);
      closer.askImage({ ...question, to: until, columns: Math.max(1, Math.round(x(until))) });
      paint(canvas, marks);
      const image = closer.image;
      hertz.hidden = image === null;
      if (image !== null) {
        const left = x(image.from_ms);
        paintHeat(canvas, image, "--rtw-side", left, x(image.to_ms) - left);
        setText(hertz, `${image.top_hz / 1000} kHz`);
      }
    } else {
      paint(canvas, [
        { rects: item === "" ? [] : [middle], color: "--rtw-faint" },
        { rects: rects.filter((r) => r.x < x(heard)), color: "--rtw-side" },
        {
          rects: rects.filter((r) => r.x >= x(heard) && r.x < x(end)),
          color: "--rtw-wave-to-come",
        },
        { rects: rects.filter((r) => r.x >= x(end)), color: "--rtw-wave-cut" },
        ...marks,
      ]);
    }
    if (playing && since < 1000) drawing.request();
  });
  const closer = new Closer(model, signal, () => drawing.request());

  const look = (next: View | null) => {
    if (next !== null && isReadonly(root)) return; // the kernel has what is closer
    closeUp = next;
    farther.disabled = closeUp === null || item === "";
    drawing.request();
  };
  const zoom = (factor: number, at?: number) => {
    const { from, to } = view();
    look(zoomWithin(view(), factor, at ?? (from + to) / 2, span(duration())));
  };
  const move = (share: number) => {
    if (closeUp === null) return;
    const by = (closeUp.to - closeUp.from) * share;
    look(within({ from: closeUp.from + by, to: closeUp.to + by }, span(duration())));
  };
  const pick = (step: number) => send<WaveformToKernel>(model, { kind: "pick", page: PAGE, step });

  const click = (element: HTMLElement, react: () => void) =>
    element.addEventListener("click", react, { signal });
  click(older, () => pick(-1));
  click(newer, () => pick(1));
  click(nearer, () => zoom(NEARER));
  click(farther, () => zoom(1 / NEARER));
  click(spectrum, () => {
    frequencies = !frequencies;
    spectrum.setAttribute("aria-pressed", String(frequencies));
    root.toggleAttribute("data-spectrum", frequencies);
    if (!frequencies) hertz.hidden = true;
    drawing.request();
  });
  const keys: Record<string, () => void> = {
    "+": () => zoom(NEARER),
    "=": () => zoom(NEARER),
    "-": () => zoom(1 / NEARER),
    ArrowLeft: () => move(-0.2),
    ArrowRight: () => move(0.2),
    Home: () => look(null),
  };
  canvas.addEventListener(
    "keydown",
    (event) => {
      const react = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
      if (react === undefined) return;
      event.preventDefault();
      react();
    },
    { signal },
  );
  canvas.addEventListener(
    "wheel",
    (event) => {
      // A page that scrolls keeps its wheel, unless the waveform is in use.
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
      const mine = document.activeElement === canvas || event.ctrlKey || event.metaKey;
      if (item === "" || (sideways ? closeUp === null : !mine)) return;
      event.preventDefault();
      const width = Math.max(canvas.clientWidth, 1);
      const { from, to } = view();
      if (sideways) move((event.deltaX || event.deltaY) / width);
      else zoom(Math.exp(event.deltaY / 400), from + (event.offsetX / width) * (to - from));
    },
    { signal, passive: false },
  );

  watch(model, ["played_ms", "playing"], signal, () => {
    reported = performance.now();
  });
  watch(
    model,
    [
      ...(["item_id", "label", "peaks", "duration_ms", "cut_ms", "played_ms"] as const),
      ...(["playing", "before", "after_it"] as const),
    ],
    signal,
    () => {
      if (model.get("item_id") !== item) {
        item = model.get("item_id");
        shown = -1;
        closer.clear();
        look(null);
      }
      const some = item !== "";
      put(empty, { hidden: some });
      put(older, { disabled: model.get("before") < 1 });
      put(newer, { disabled: model.get("after_it") < 1 });
      for (const button of [nearer, spectrum]) put(button, { disabled: !some });
      put(farther, { disabled: closeUp === null });
      setText(label, some ? model.get("label") : model.get("side") === "model" ? "Reply" : "You");
      setText(time, some ? facts(model) : "");
      const nothing = model.get("side") === "model" ? "No reply yet" : "Nothing said yet";
      put(canvas, { "aria-label": some ? `${model.get("label")}, ${facts(model)}` : nothing });
      drawing.request();
    },
  );
}

export default definePanel<WaveformTraits, null>({
  word: "waveform",
  label: "Waveform",
  styles,
  start: () => null,
  draw,
});
