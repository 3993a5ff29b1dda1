/** The own waveform, and under it the level with its loudest sample and a mark for "too loud". */

import type { Recorder } from "../audio/recorder";
import { h, put } from "../dom";
import { bars } from "../draw/bars";
import { paint, redraw, sizeCanvas } from "../draw/paint";
import { levelWords, meterShare } from "./words";

const TOO_LOUD = "Too loud: the loudest parts are cut off. Speak from further away.";

export function drawLevel(recorder: Recorder, signal: AbortSignal) {
  const canvas = h("canvas", {
    class: "rtw-canvas",
    role: "img",
    "aria-label": "Waveform of your voice",
  });
  const fill = h("div", { class: "rtw-meter-fill" });
  const held = h("div", { class: "rtw-meter-held" });
  const meter = h(
    "div",
    {
      class: "rtw-meter",
      role: "meter",
      "aria-label": "Input level",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
    },
    fill,
    held,
  );
  const clip = h("span", { class: "rtw-meter-clip", "aria-hidden": "true" }, "clip");
  const gate = h("span", { class: "rtw-meter-gate", hidden: true }, "gate closed");
  gate.title = "The noise gate lets nothing through: what is heard is quieter than its level";
  const element = h(
    "div",
    { class: "rtw-grow rtw-microphone-wave" },
    canvas,
    meter,
    h("div", { class: "rtw-meter-marks" }, gate, clip),
  );

  const painter = redraw(canvas, signal, () => {
    const { width, height } = sizeCanvas(canvas);
    const rects = bars(recorder.uplink.shown.toPeaks(), width, height);
    paint(canvas, [{ rects, color: "--rtw-user" }]);
    const { level, held: top, clipped } = recorder.uplink.meter;
    const percent = Math.round(100 * meterShare(level));
    fill.style.transform = `scaleX(${percent / 100})`;
    held.style.transform = `translateX(${100 * meterShare(top)}%)`;
    held.style.visibility = top > 0.001 ? "visible" : "hidden";
    put(meter, {
      "aria-valuenow": percent,
      "aria-valuetext": levelWords(level, clipped),
      "data-loud": String(clipped),
    });
    put(clip, { "data-on": String(clipped), title: clipped && TOO_LOUD });
    put(gate, { "data-on": String(recorder.gateClosed) });
  });
  const update = (gated: boolean) => {
    put(gate, { hidden: !gated });
    painter.request();
  };
  return { element, update };
}
