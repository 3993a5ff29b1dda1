/** The microphone: a button, mute, the waveform of what was sent, a level; the rest folded away. */

import { Recorder } from "../audio/recorder";
import { drawCaptureLink } from "../capture_link";
import { h, icon, setText } from "../dom";
import { drawProgress, fileButton, fileInput, takeDrops } from "../microphone/file";
import { drawLevel } from "../microphone/level";
import { drawSettings } from "../microphone/settings";
import { actOnMain, drawModes } from "../microphone/talk";
import { type Face, face, status, transport } from "../microphone/words";
import type { MicrophoneTraits } from "../model";
import {
  type DrawContext,
  definePanel,
  isReadonly,
  type Model,
  needsKernel,
  watch,
} from "../panel";
import styles from "./microphone.css";

const DOT = "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z";
const SQUARE = "M3 3h10v10H3z";
const MICROPHONE =
  "M8 1a2.5 2.5 0 0 1 2.5 2.5v4a2.5 2.5 0 0 1-5 0v-4A2.5 2.5 0 0 1 8 1zM3.5 7h1.2v.5a3.3 3.3 0 0 0" +
  " 6.6 0V7h1.2v.5a4.5 4.5 0 0 1-3.9 4.45V14H11v1.2H5V14h2.4v-2.05A4.5 4.5 0 0 1 3.5 7.5z";
const CROSSED = `${MICROPHONE}M2.2 1.2 14.8 13.8l-1 1L1.2 2.2z`;

const FACES: Record<Face, { label: string; path: string }> = {
  record: { label: "Record", path: DOT },
  stop: { label: "Stop", path: SQUARE },
  hold: { label: "Hold to talk", path: MICROPHONE },
};

/** Failures after which a file is the way out. */
const FILE_HELPS = ["insecure", "vscode", "no_media", "denied", "no_device", "busy", "worklet"];
/** Hosts without a microphone: a page of the kernel's own, in a browser, has one. */
const BROWSER_HELPS = ["vscode", "no_media"];

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
  const muteSymbol = icon(MICROPHONE);
  const mute = h("button", { type: "button", class: "rtw-button rtw-microphone-mute" }, muteSymbol);
  const says = h("span", {
    class: "rtw-grow rtw-muted rtw-microphone-says",
    role: "status",
    "aria-live": "polite",
  });
  const badge = h("span", { class: "rtw-badge rtw-microphone-lost", "aria-hidden": "true" });
  // What the badge says for a screen reader: a live region is there before its words come.
  const spoken = h("span", { class: "rtw-spoken", role: "status" });
  const words = h("span", {});
  const input = fileInput(recorder, signal);
  const helps = fileButton(input, "Speak a file instead…", signal);
  const capture = drawCaptureLink(model as Model, signal);
  const notice = h(
    "div",
    { class: "rtw-notice rtw-microphone-notice", role: "alert" },
    words,
    helps,
    capture,
  );
  const wave = drawLevel(recorder, signal);
  const modes = drawModes(recorder, signal);
  const progress = drawProgress(recorder);
  const pickFile = fileButton(input, "Speak a sound file…", signal);
  const settings = drawSettings({ model, signal, recorder, pickFile });

  root.append(
    h("div", { class: "rtw-row rtw-microphone-top" }, main, mute, off, wave.element),
    h(
      "div",
      { class: "rtw-row rtw-microphone-state" },
      modes.element,
      says,
      progress.element,
      badge,
      spoken,
    ),
    notice,
    settings.element,
    input,
  );

  needsKernel(main, mute, off, modes.element, settings.element, helps, capture);
  actOnMain(main, recorder, signal);
  takeDrops(root, recorder, signal);
  off.addEventListener("click", () => recorder.close(), { signal });
  mute.addEventListener("click", () => recorder.mute(!recorder.muted), { signal });

  let shown = "";
  const update = () => {
    wave.update(model.get("noise_gate") && recorder.state === "open");
    progress.update();
    settings.update();
    const now = face(recorder);
    const traits = { speaking: model.get("speaking"), closed: model.get("closed") };
    const text = status(recorder, { ...traits, saved: isReadonly(root) });
    const way = transport({
      frames_lost: model.get("frames_lost"),
      out_of_order: model.get("out_of_order"),
      frames_late: model.get("frames_late"),
      delay_ms: model.get("delay_ms"),
    });
    const { failure, muted, state } = recorder;
    // Who recorded when the notebook was saved is of no interest.
    const elsewhere = recorder.elsewhere && !isReadonly(root);
    const own = elsewhere || traits.closed ? "" : (failure?.message ?? recorder.hint);
    // A kernel that hears nothing takes this page for gone, and that is not so.
    const mistaken = state === "open" && !model.get("recording");
    const warning = own || (mistaken ? "" : model.get("notice"));
    const key = [now, state, recorder.pressed, recorder.mode, text, way.sentences, warning, muted];
    if (key.join("|") === shown) return;
    shown = key.join("|");

    setText(label, elsewhere && now === "record" ? "Record here" : FACES[now].label);
    symbol.firstElementChild?.setAttribute("d", FACES[now].path);
    main.disabled = traits.closed;
    main.dataset.face = now;
    main.dataset.active = String(recorder.streaming && !muted);
    main.title = TITLES[now];
    if (now === "hold") main.setAttribute("aria-pressed", String(recorder.pressed));
    else main.removeAttribute("aria-pressed");
    off.hidden = now !== "hold";
    off.disabled = state === "closed";
    mute.title = muted ? "Send your voice again" : "Mute: send silence instead of your voice";
    mute.setAttribute("aria-label", "Mute the microphone");
    mute.setAttribute("aria-pressed", String(muted));
    mute.disabled = traits.closed;
    muteSymbol.firstElementChild?.setAttribute("d", muted ? CROSSED : MICROPHONE);
    modes.update(traits.closed);
    setText(says, text);
    says.title = text;
    root.dataset.state = state;
    badge.hidden = way.badge === "";
    badge.title = way.sentences;
    badge.dataset.missing = String(model.get("frames_lost") + model.get("out_of_order") > 0);
    setText(badge, way.badge);
    setText(spoken, way.sentences);
    notice.hidden = warning === "";
    setText(words, warning);
    capture.hidden =
      own === "" || failure === undefined || !BROWSER_HELPS.includes(failure.failure);
    helps.hidden = own === "" || failure === undefined || !FILE_HELPS.includes(failure.failure);
  };
  recorder.observe(update, signal);
  watch(model, SHOWN, signal, update);
}

const TITLES: Record<Face, string> = {
  record: "Ask for the microphone and send what it hears",
  stop: "Let the microphone go",
  hold: "Hold this button, or the space bar on it, while you speak",
};

const SHOWN: (keyof MicrophoneTraits & string)[] = [
  "mode",
  "speaking",
  "closed",
  "recording",
  "owner",
  "frames_lost",
  "out_of_order",
  "frames_late",
  "delay_ms",
  "noise_gate",
  "notice",
];

export default definePanel<MicrophoneTraits, Recorder>({
  word: "microphone",
  label: "Microphone",
  styles,
  start: ({ model, signal }) => new Recorder(model, signal),
  draw,
});
