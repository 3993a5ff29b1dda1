/** The speaker: what goes on, how loud, a way to make it stop, and to hear it once more. */

import { Loudspeaker } from "../audio/speaker";
import { h, icon, put, setText } from "../dom";
import type { SpeakerTraits } from "../model";
import { type DrawContext, definePanel, isReadonly, needsKernel, watch } from "../panel";
import styles from "./speaker.css";

const CONE = "M8 2v12L4 10.5H1.5v-5H4z";
const LOUD = `${CONE}M10 5.2a3.6 3.6 0 0 1 0 5.6zM10 2.2a6 6 0 0 1 0 11.6v-1.4a4.7 4.7 0 0 0 0-8.8z`;
const MUTE = `${CONE}M10.2 5.8l.9-.9L13 6.8l1.9-1.9.9.9L13.9 7.7l1.9 1.9-.9.9L13 8.6l-1.9 1.9-.9-.9 1.9-1.9z`;
const SQUARE = "M3 3h10v10H3z";
const AGAIN = "M8 2.5V.2L12 3.7 8 7.2V4.3a4.2 4.2 0 1 0 4.2 4.2H14a6 6 0 1 1-6-6z";

type Traits = Pick<
  SpeakerTraits,
  "playing" | "muted" | "replaying" | "thinking" | "interrupted_ms"
>;

/** One phrase about what goes on; the live region of the panel. */
export function status(speaker: Loudspeaker, traits: Traits): string {
  if (speaker.failure !== "") return "No sound";
  if (speaker.gone) return "The kernel is gone";
  if (speaker.blocked) return traits.playing ? "A reply waits for you" : "Sound is off";
  if (!traits.playing) return whySilent(traits);
  const what = traits.replaying === "" ? "Speaking" : "Playing again";
  return traits.muted ? `${what} (muted)` : what;
}

function whySilent({ thinking, interrupted_ms }: Traits): string {
  if (thinking) return "Thinking";
  if (interrupted_ms < 0) return "Silent";
  return interrupted_ms === 0 ? "Interrupted" : `Interrupted after ${seconds(interrupted_ms)}`;
}

/** Seconds as one reads them: `0.4 s`, `12 s`. */
export function seconds(ms: number): string {
  return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** What the one button says that brings sound into this page, and what it does. */
const WAYS = {
  here: ["Play here", "Brings the sound into this page; the other one falls silent"],
  enable: ["Enable sound", "The browser wants a click before it plays; nothing was lost meanwhile"],
  again: ["Try again", "Opens the loudspeaker once more"],
} as const;

function draw(context: DrawContext<SpeakerTraits, Loudspeaker>): void {
  const { model, root, signal, state: speaker } = context;
  const symbol = icon(LOUD);
  const path = symbol.firstElementChild as SVGPathElement;
  const mute = h(
    "button",
    { type: "button", class: "rtw-button rtw-speaker-icon rtw-speaker-mute" },
    symbol,
  );
  const volume = h("input", {
    type: "range",
    class: "rtw-speaker-volume",
    min: 0,
    max: 1,
    step: 0.05,
    "aria-label": "Volume",
    title: "How loud this page plays",
  });
  const says = h("span", { class: "rtw-muted", role: "status", "aria-live": "polite" });
  // Grows while a reply arrives; read aloud it would never end, so it is outside the live region.
  const waits = h("span", { class: "rtw-muted" });
  const lost = h("span", {
    class: "rtw-badge rtw-speaker-lost",
    title: "Sound that never arrived in this page; the notebook dropped the message",
    hidden: true,
  });
  const again = h(
    "button",
    {
      type: "button",
      class: "rtw-button rtw-speaker-icon rtw-speaker-again",
      title: "Play the last reply again",
      "aria-label": "Play the last reply again",
    },
    icon(AGAIN),
  );
  const stop = h(
    "button",
    { type: "button", class: "rtw-button rtw-speaker-stop", title: "Stop the reply" },
    icon(SQUARE),
    "Stop",
  );
  const enable = h("button", {
    type: "button",
    class: "rtw-button rtw-speaker-enable",
    hidden: true,
  });
  const notice = h("p", { class: "rtw-notice", role: "alert", hidden: true });
  const settings = drawSettings(context);
  needsKernel(mute, volume, enable, again, stop, settings);
  root.append(
    h(
      "div",
      { class: "rtw-row" },
      mute,
      volume,
      h(
        "div",
        { class: "rtw-speaker-now" },
        h("span", { class: "rtw-grow rtw-speaker-says" }, says, waits),
        lost,
        enable,
      ),
      again,
      stop,
    ),
    notice,
    settings,
  );

  const setMuted = () => speaker.setVolume(model.get("volume"), !model.get("muted"));
  mute.addEventListener("click", setMuted, { signal });
  for (const event of ["input", "change"]) {
    const change = () => speaker.setVolume(Number(volume.value), false, event === "change");
    volume.addEventListener(event, change, { signal });
  }
  again.addEventListener("click", () => speaker.replay(), { signal });
  stop.addEventListener("click", () => speaker.stop(), { signal });
  const enableHere = () => (speaker.owned && !speaker.failure ? speaker.enable() : speaker.claim());
  enable.addEventListener("click", enableHere, { signal });

  const update = () => {
    const muted = model.get("muted");
    const saved = isReadonly(root); // what sounded elsewhere then is of no interest
    const playing = model.get("playing") && !speaker.gone && !speaker.dry && !saved;
    const owner = model.get("owner");
    const elsewhere = owner !== "" && !speaker.owned && !saved;
    const blocked = speaker.blocked;
    const failed = speaker.failure !== "" && !speaker.gone;
    const name = muted ? "Unmute" : "Mute";
    put(mute, { "aria-label": name, "aria-pressed": String(muted), title: name });
    put(path, { d: muted ? MUTE : LOUD });
    if (document.activeElement !== volume) volume.value = String(model.get("volume"));

    const traits = {
      playing,
      muted,
      replaying: model.get("replaying"),
      thinking: model.get("thinking"),
      interrupted_ms: model.get("interrupted_ms"),
    };
    setText(says, elsewhere ? place(owner) : status(speaker, traits));
    const waiting = blocked && !elsewhere ? speaker.bufferedMs : 0;
    setText(waits, waiting > 0 ? ` (${seconds(waiting)})` : "");

    const missing = model.get("lost_ms");
    put(lost, { hidden: missing === 0 });
    setText(lost, `${seconds(missing)} lost`);

    put(again, {
      hidden: model.get("latest") === "",
      disabled: playing || speaker.gone || owner === "",
    });
    put(stop, {
      disabled: !(playing || (model.get("thinking") && !speaker.gone)) || elsewhere,
    });
    const way = elsewhere ? "here" : blocked ? "enable" : "again";
    const hidden = speaker.gone || !(elsewhere || blocked || failed);
    put(enable, { hidden, title: WAYS[way][1] });
    setText(enable, WAYS[way][0]);
    put(root, { "data-state": playing ? "playing" : "silent" });

    const sentence = speaker.failure || speaker.outputs.notice || model.get("notice");
    put(notice, { hidden: sentence === "" });
    setText(notice, sentence);
  };
  speaker.observe(update, signal);
  watch(
    model,
    [
      ...(["volume", "muted", "playing", "thinking", "interrupted_ms", "owner"] as const),
      ...(["lost_ms", "latest", "replaying", "notice"] as const),
    ],
    signal,
    update,
  );
}

/** Who plays; a panel of the same session has a token that is no page's. */
const place = (owner: string) =>
  owner === "another panel" ? "Sound plays in another panel" : "Sound plays in another page";

/** Where the sound comes out, and how well it arrives; folded away. */
function drawSettings({
  model,
  signal,
  state: speaker,
}: DrawContext<SpeakerTraits, Loudspeaker>): HTMLElement {
  const device = h("select", {
    class: "rtw-speaker-device",
    title: "Which loudspeaker or headphones this page plays through",
  });
  const choice = h("label", { hidden: true }, "Output ", device);
  // No list of terms: the notebook lays those out in its own way.
  const facts = h("div", { class: "rtw-row rtw-speaker-facts" });
  const values = FACTS.map(([name, title]) => {
    const value = h("span", { class: "rtw-speaker-value" });
    facts.append(h("span", { title }, h("span", { class: "rtw-muted" }, name), " ", value));
    return value;
  });
  const box = h(
    "details",
    { class: "rtw-speaker-settings" },
    h(
      "summary",
      { title: "Where the sound comes out, and how well it arrives" },
      "Speaker settings",
    ),
    choice,
    facts,
  );
  device.addEventListener("change", () => speaker.outputs.choose(device.value), { signal });

  const update = () => {
    if (!box.open) return;
    const { list, chosen, some } = speaker.outputs;
    put(choice, { hidden: !some });
    const key = list.map((output) => `${output.device} ${output.label}`).join("\n");
    if (device.dataset.key !== key) {
      device.dataset.key = key;
      device.replaceChildren(...list.map((out) => h("option", { value: out.device }, out.label)));
    }
    device.value = chosen;
    const texts = [
      `${Math.round(speaker.bufferedMs)} ms`,
      `${Math.round(speaker.prime * 1000)} ms`,
      String(model.get("underruns")),
      `${Math.round(speaker.latencyMs)} ms`,
    ];
    texts.forEach((text, at) => {
      setText(values[at] as HTMLElement, text);
    });
  };
  // The microphone's permission, which may have come since, is what names the devices.
  const open = () => {
    if (box.open) void speaker.outputs.look();
    update();
  };
  box.addEventListener("toggle", open, { signal });
  speaker.observe(update, signal);
  watch(model, ["underruns"], signal, update);
  return box;
}

const FACTS = [
  ["Buffered", "Sound that waits in this page"],
  ["Starts with", "So much must have arrived before a reply starts; more after a gap"],
  ["Gaps", "How often the sound ran dry in the middle of a reply"],
  ["Delay", "From this page to the loudspeaker, as the browser says"],
] as const;

export default definePanel<SpeakerTraits, Loudspeaker>({
  word: "speaker",
  label: "Speaker",
  styles,
  start: ({ model, signal }) => new Loudspeaker(model, signal),
  draw,
});
