/** The microphone: a button, a mode, a level, and the waveform of what was sent. */

import { Recorder } from "../audio/recorder";
import { h, icon, setText } from "../dom";
import { bars } from "../draw/bars";
import { paint, redraw, sizeCanvas } from "../draw/paint";
import type { MicrophoneToKernel, MicrophoneTraits, Mode } from "../model";
import { type DrawContext, definePanel, PAGE, send, watch } from "../panel";
import styles from "./microphone.css";

const DOT = "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z";
const SQUARE = "M3 3h10v10H3z";
const MICROPHONE =
  "M8 1a2.5 2.5 0 0 1 2.5 2.5v4a2.5 2.5 0 0 1-5 0v-4A2.5 2.5 0 0 1 8 1zM3.5 7h1.2v.5a3.3 3.3 0 0 0" +
  " 6.6 0V7h1.2v.5a4.5 4.5 0 0 1-3.9 4.45V14H11v1.2H5V14h2.4v-2.05A4.5 4.5 0 0 1 3.5 7.5z";

const MODES: [Mode, string, string][] = [
  ["hands_free", "Hands-free", "The server hears when you begin and end"],
  ["push_to_talk", "Push to talk", "You hold a button while you speak"],
];

const PROCESSING = [
  ["echo_cancellation", "Echo cancellation"],
  ["noise_suppression", "Noise suppression"],
  ["auto_gain_control", "Automatic gain"],
] as const;

/** Frames without an answer of the kernel before the person is told (3 s of 40 ms frames). */
const MANY_UNANSWERED = 75;

/** The meter's left end, in dB below full scale. */
const METER_DB = 60;
/** From here on samples are, or nearly are, cut off. */
const CLIPPING = 0.98;

/** How much of the meter a level fills: ears and meters count in dB. */
export function meterShare(level: number): number {
  if (level <= 0) return 0;
  return Math.min(1, Math.max(0, 1 + (20 * Math.log10(level)) / METER_DB));
}

/** What the main button is at this moment. */
type Face = "record" | "stop" | "hold";

const FACES: Record<Face, { label: string; path: string }> = {
  record: { label: "Record", path: DOT },
  stop: { label: "Stop", path: SQUARE },
  hold: { label: "Hold to talk", path: MICROPHONE },
};

function face(recorder: Recorder): Face {
  if (recorder.mode === "push_to_talk") return "hold";
  return recorder.state === "closed" ? "record" : "stop";
}

/** One sentence about what goes on; the live region of the panel. */
export function status(recorder: Recorder, traits: { speaking: boolean; closed: boolean }): string {
  if (traits.closed) return "The session is over";
  if (recorder.state === "opening") return "Waiting for the browser’s permission";
  if (recorder.state === "closed") {
    if (recorder.elsewhere) return "Another page is recording";
    return recorder.failure === undefined ? "Microphone off" : "No microphone";
  }
  if (recorder.sent - recorder.acked > MANY_UNANSWERED) {
    return "The kernel is busy; what you say waits for it";
  }
  if (recorder.mode === "push_to_talk") return recorder.pressed ? "Recording" : "Ready";
  return traits.speaking ? "Hearing you" : "Listening";
}

function draw({ model, root, signal, state: recorder }: DrawContext<MicrophoneTraits, Recorder>) {
  const symbol = icon(DOT);
  const label = h("span", { class: "rtw-microphone-label" }, "Record");
  const main = h(
    "button",
    { type: "button", class: "rtw-button rtw-microphone-main" },
    symbol,
    label,
  );
  const off = h(
    "button",
    { type: "button", class: "rtw-button rtw-microphone-off", title: "Close the microphone" },
    "Turn off",
  );
  const canvas = h("canvas", {
    class: "rtw-canvas",
    role: "img",
    "aria-label": "Waveform of your voice",
  });
  const fill = h("div", { class: "rtw-meter-fill" });
  const meter = h("div", { class: "rtw-meter", role: "meter", "aria-label": "Input level" }, fill);
  meter.setAttribute("aria-valuemin", "0");
  meter.setAttribute("aria-valuemax", "100");
  const says = h("span", { class: "rtw-grow rtw-muted", role: "status", "aria-live": "polite" });
  const lost = h("span", { class: "rtw-badge rtw-microphone-lost", hidden: true });
  const notice = h("p", { class: "rtw-notice", role: "alert", hidden: true });
  const modes = MODES.map(([mode, text, title]) =>
    h(
      "button",
      { type: "button", role: "radio", class: "rtw-button", title, "data-mode": mode },
      text,
    ),
  );

  root.append(
    h(
      "div",
      { class: "rtw-row rtw-microphone-top" },
      main,
      off,
      h("div", { class: "rtw-grow" }, canvas, meter),
    ),
    h(
      "div",
      { class: "rtw-row" },
      h(
        "div",
        { class: "rtw-modes", role: "radiogroup", "aria-label": "Who ends your turn" },
        ...modes,
      ),
      says,
      lost,
    ),
    notice,
    drawProcessing({ model, signal }),
  );

  actOnMain(main, recorder, signal);
  off.addEventListener("click", () => recorder.close(), { signal });
  actOnModes(modes, recorder, signal);

  const wave = redraw(canvas, signal, () => {
    const { width, height } = sizeCanvas(canvas);
    const rects = bars(recorder.shown.toPeaks(), width, height);
    paint(canvas, [{ rects, color: "--rtw-user" }]);
    const percent = Math.round(100 * meterShare(recorder.level));
    fill.style.transform = `scaleX(${percent / 100})`;
    meter.setAttribute("aria-valuenow", String(percent));
    meter.dataset.loud = String(recorder.level >= CLIPPING);
  });

  let shown = "";
  const update = () => {
    wave.request();
    const now = face(recorder);
    const traits = { speaking: model.get("speaking"), closed: model.get("closed") };
    const text = status(recorder, traits);
    const gone = model.get("frames_lost");
    const warning = recorder.failure?.message ?? model.get("notice");
    const key = [now, recorder.state, recorder.pressed, recorder.mode, text, gone, warning].join(
      "|",
    );
    if (key === shown) return;
    shown = key;

    setText(label, recorder.elsewhere && now === "record" ? "Record here" : FACES[now].label);
    symbol.firstElementChild?.setAttribute("d", FACES[now].path);
    main.disabled = traits.closed;
    main.dataset.face = now;
    main.dataset.active = String(recorder.streaming);
    main.title = now === "hold" ? "Hold this button, or the space bar on it, while you speak" : "";
    if (now === "hold") main.setAttribute("aria-pressed", String(recorder.pressed));
    else main.removeAttribute("aria-pressed");
    off.hidden = now !== "hold";
    off.disabled = recorder.state === "closed";
    for (const button of modes) {
      const chosen = button.dataset.mode === recorder.mode;
      button.setAttribute("aria-checked", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      button.disabled = traits.closed;
    }
    setText(says, text);
    root.dataset.state = recorder.state;
    lost.hidden = gone === 0;
    setText(lost, `${gone} ${gone === 1 ? "frame" : "frames"} lost`);
    notice.hidden = warning === "";
    setText(notice, warning);
  };
  recorder.observe(update, signal);
  watch(
    model,
    ["mode", "speaking", "closed", "recording", "owner", "frames_lost", "notice"],
    signal,
    update,
  );
}

/** Click for hands-free; hold, by pointer or key, for push-to-talk. */
function actOnMain(main: HTMLButtonElement, recorder: Recorder, signal: AbortSignal): void {
  const holding = () => recorder.mode === "push_to_talk";
  const isHoldKey = (event: KeyboardEvent) => event.key === " " || event.key === "Enter";
  let held = false;
  const press = () => {
    held = true;
    recorder.press();
  };
  const release = () => {
    recorder.release();
  };

  main.addEventListener(
    "click",
    () => {
      if (!holding()) {
        if (recorder.state === "closed") void recorder.open();
        else recorder.close();
      } else if (!held) {
        // Assistive technology clicks without pointer or key: the first click holds, the next lets go.
        if (recorder.pressed) recorder.release();
        else recorder.press();
      }
      held = false;
    },
    { signal },
  );
  main.addEventListener(
    "pointerdown",
    (event) => {
      if (!holding() || event.button !== 0) return;
      main.setPointerCapture(event.pointerId);
      press();
    },
    { signal },
  );
  for (const end of ["pointerup", "pointercancel", "blur"] as const) {
    main.addEventListener(end, release, { signal });
  }
  main.addEventListener(
    "keydown",
    (event) => {
      if (!holding() || !isHoldKey(event)) return;
      event.preventDefault();
      if (!event.repeat) press();
    },
    { signal },
  );
  main.addEventListener(
    "keyup",
    (event) => {
      if (!holding() || !isHoldKey(event)) return;
      event.preventDefault();
      held = false;
      release();
    },
    { signal },
  );
  main.addEventListener("contextmenu", (event) => holding() && event.preventDefault(), { signal });
}

/** A radio group: one stop for the tab key, arrows inside. */
function actOnModes(modes: HTMLButtonElement[], recorder: Recorder, signal: AbortSignal): void {
  const choose = (button: HTMLButtonElement) => {
    const mode = button.dataset.mode as Mode;
    if (mode !== recorder.mode) recorder.choose(mode);
  };
  modes.forEach((button, at) => {
    button.addEventListener("click", () => choose(button), { signal });
    button.addEventListener(
      "keydown",
      ({ key }) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
        if (step === undefined) return;
        const next = modes[(at + step + modes.length) % modes.length] as HTMLButtonElement;
        next.focus();
        choose(next);
      },
      { signal },
    );
  });
}

/** The browser's own processing, folded away. */
function drawProcessing({
  model,
  signal,
}: Pick<DrawContext<MicrophoneTraits, Recorder>, "model" | "signal">) {
  const boxes = PROCESSING.map(([name, text]) => {
    const box = h("input", { type: "checkbox" });
    const change = () => {
      send<MicrophoneToKernel>(model, { kind: "processing", page: PAGE, name, on: box.checked });
    };
    box.addEventListener("change", change, { signal });
    watch(model, [name], signal, () => {
      box.checked = model.get(name);
    });
    return h("label", {}, box, text);
  });
  return h(
    "details",
    { class: "rtw-microphone-processing" },
    h("summary", {}, "Sound processing"),
    h("div", { class: "rtw-row" }, ...boxes),
    h("p", { class: "rtw-muted" }, "A change counts when the microphone is opened next."),
  );
}

export default definePanel<MicrophoneTraits, Recorder>({
  word: "microphone",
  label: "Microphone",
  styles,
  start: ({ model, signal }) => new Recorder(model, signal),
  draw,
});
