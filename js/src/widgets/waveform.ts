// The reply as a waveform: what was heard in the model's colour, what is still to come lighter,
// what an interruption cut off fainter still, and a cursor that follows the loudspeaker.

import { h, setText } from "../dom";
import { barCount, bars, type Rect } from "../draw/bars";
import { paint, redraw, sizeCanvas } from "../draw/paint";
import { playhead, seconds, slots, span } from "../draw/span";
import type { WaveformTraits } from "../model";
import { definePanel, type Model, watch } from "../panel";
import styles from "./waveform.css";

/** Peaks as they came over the wire; there are none before the first reply. */
function pairs(model: Model<WaveformTraits>): Int8Array {
  const view: DataView | null = model.get("peaks");
  return view?.byteLength
    ? new Int8Array(view.buffer, view.byteOffset, view.byteLength)
    : new Int8Array(0);
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

export default definePanel<WaveformTraits, null>({
  word: "waveform",
  label: "Reply waveform",
  styles,
  start: () => null,
  draw({ model, root, signal }) {
    const label = h("span", { class: "rtw-waveform-label" });
    const time = h("span", { class: "rtw-waveform-time rtw-muted" });
    const canvas = h("canvas", { class: "rtw-canvas", role: "img" });
    const empty = h("p", { class: "rtw-waveform-empty" }, "The reply's sound appears here.");
    root.append(
      h("div", { class: "rtw-row rtw-waveform-head" }, label, time),
      h("div", { class: "rtw-waveform-box" }, canvas, empty),
    );

    let reported = performance.now();
    let shown = -1; // where the cursor stands: within one reply it never goes back
    let item = "";

    const drawing = redraw(canvas, signal, () => {
      const { width, height } = sizeCanvas(canvas);
      const [duration, cut] = [model.get("duration_ms"), model.get("cut_ms")];
      const playing = model.get("playing");
      const since = performance.now() - reported;
      const end = cut >= 0 ? Math.min(cut, duration) : duration;
      shown = Math.max(shown, playhead(model.get("played_ms"), since, playing, end));
      const covered = span(duration);
      const x = (ms: number) => (ms / covered) * width;
      const count = barCount(width);
      const rects = bars(
        slots(pairs(model), model.get("bucket_ms"), covered, count),
        width,
        height,
      );
      const heard = shown < 0 ? end : Math.min(shown, end);
      const middle: Rect = { x: 0, y: height / 2 - 0.5, width, height: 1 };
      const cursor: Rect = { x: Math.min(x(shown), width - 1), y: 0, width: 1, height };
      paint(canvas, [
        { rects: item === "" ? [] : [middle], color: "--rtw-faint" },
        { rects: rects.filter((r) => r.x < x(heard)), color: "--rtw-model" },
        {
          rects: rects.filter((r) => r.x >= x(heard) && r.x < x(end)),
          color: "--rtw-wave-to-come",
        },
        { rects: rects.filter((r) => r.x >= x(end)), color: "--rtw-wave-cut" },
        { rects: playing && shown >= 0 ? [cursor] : [], color: "--rtw-text" },
      ]);
      if (playing && since < 1000) drawing.request();
    });

    watch(model, ["played_ms", "playing"], signal, () => {
      reported = performance.now();
    });
    watch(
      model,
      ["item_id", "label", "peaks", "duration_ms", "cut_ms", "played_ms", "playing"],
      signal,
      () => {
        if (model.get("item_id") !== item) {
          item = model.get("item_id");
          shown = -1;
        }
        const some = item !== "";
        empty.hidden = some;
        setText(label, some ? model.get("label") : "Reply");
        setText(time, some ? facts(model) : "");
        const words = some ? `${model.get("label")}, ${facts(model)}` : "No reply yet";
        canvas.setAttribute("aria-label", words);
        drawing.request();
      },
    );
  },
});
