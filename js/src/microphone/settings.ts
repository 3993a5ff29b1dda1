/** What is set once and then left alone, folded away: device, processing, noise gate, a file. */

import type { Recorder } from "../audio/recorder";
import { h, setText } from "../dom";
import type { MicrophoneToKernel, MicrophoneTraits } from "../model";
import { type DrawContext, PAGE, send, watch } from "../panel";

const SWITCHES = [
  ["echo_cancellation", "Echo cancellation", "Takes out what the loudspeaker says"],
  ["noise_suppression", "Noise suppression", "Takes out steady noise"],
  ["auto_gain_control", "Automatic gain", "Makes quiet voices louder"],
  ["noise_gate", "Noise gate", "What is quieter than its level becomes silence, of a file as well"],
] as const;

const SYSTEM = "The system’s choice";
const SETTINGS = "Which microphone, what the browser does to its sound, a file instead";

type Context = Pick<DrawContext<MicrophoneTraits, Recorder>, "model" | "signal"> & {
  recorder: Recorder;
  pickFile: HTMLElement;
};

export function drawSettings({ model, signal, recorder, pickFile }: Context) {
  const say = (message: MicrophoneToKernel) => send(model, message);
  const boxes = SWITCHES.map(([name, text, title]) => {
    const box = h("input", { type: "checkbox" });
    const change = () => say({ kind: "processing", page: PAGE, name, on: box.checked });
    box.addEventListener("change", change, { signal });
    watch(model, [name], signal, () => {
      box.checked = model.get(name);
    });
    return h("label", { title }, box, text);
  });

  const level = h("input", { type: "range", min: -70, max: -20, step: 1 });
  level.title = "Lower lets quieter sounds through";
  level.setAttribute("aria-label", "Level from which the noise gate opens, in dB");
  const decibels = h("span", { class: "rtw-muted" });
  level.addEventListener("input", () => setText(decibels, `${level.value} dB`), { signal });
  const set = () => say({ kind: "gate", page: PAGE, db: Number(level.value) });
  level.addEventListener("change", set, { signal });
  const opens = h("label", {}, "opens at", level, decibels);
  watch(model, ["noise_gate", "noise_gate_db"], signal, () => {
    level.value = String(model.get("noise_gate_db"));
    setText(decibels, `${model.get("noise_gate_db")} dB`);
    level.disabled = !model.get("noise_gate");
  });

  const device = h("select", { class: "rtw-microphone-device", "aria-label": "Device" });
  device.title = "Which microphone is heard, also while it records";
  device.addEventListener("change", () => recorder.chooseDevice(device.value), { signal });
  const unknown = h("p", { class: "rtw-muted" });

  const element = h(
    "details",
    { class: "rtw-microphone-settings" },
    h("summary", { title: SETTINGS }, "Microphone settings"),
    h("div", { class: "rtw-row" }, h("label", { class: "rtw-microphone-pick" }, "Device", device)),
    unknown,
    h("div", { class: "rtw-row" }, ...boxes, opens),
    h(
      "div",
      { class: "rtw-row" },
      pickFile,
      h("span", { class: "rtw-muted" }, "or drop a WAV, MP3 or FLAC file on this panel"),
    ),
  );

  let shown = "";
  const update = () => {
    const { list, chosen } = recorder.devices;
    const labels = list.map(({ label }) => label);
    // What was chosen stays to be seen where it is not plugged in.
    if (chosen !== "" && !labels.includes(chosen)) labels.push(chosen);
    const key = [chosen, ...labels].join("\n");
    if (key === shown) return;
    shown = key;
    const options = labels.map((label) => h("option", { value: label }, label));
    device.replaceChildren(h("option", { value: "" }, SYSTEM), ...options);
    device.value = chosen;
    unknown.hidden = list.length > 0;
    setText(unknown, "The browser names the devices when the microphone has been opened once.");
  };
  return { element, update };
}
