/** The speaker: what goes on, how loud, and a way to make it stop. */

import { Loudspeaker } from "../audio/speaker";
import { h, icon, setText } from "../dom";
import type { SpeakerTraits } from "../model";
import { type DrawContext, definePanel, watch } from "../panel";
import styles from "./speaker.css";

const CONE = "M8 2v12L4 10.5H1.5v-5H4z";
const LOUD = `${CONE}M10 5.2a3.6 3.6 0 0 1 0 5.6zM10 2.2a6 6 0 0 1 0 11.6v-1.4a4.7 4.7 0 0 0 0-8.8z`;
const MUTE = `${CONE}M10.2 5.8l.9-.9L13 6.8l1.9-1.9.9.9L13.9 7.7l1.9 1.9-.9.9L13 8.6l-1.9 1.9-.9-.9 1.9-1.9z`;
const SQUARE = "M3 3h10v10H3z";

/** One phrase about what goes on; the live region of the panel. */
export function status(speaker: Loudspeaker, traits: { playing: boolean; muted: boolean }): string {
  if (speaker.failure !== "") return "No sound";
  if (speaker.gone) return "The kernel is gone";
  if (speaker.blocked) return traits.playing ? "A reply waits for you" : "Sound is off";
  if (!traits.playing) return "Silent";
  return traits.muted ? "Speaking (muted)" : "Speaking";
}

function draw({ model, root, signal, state: speaker }: DrawContext<SpeakerTraits, Loudspeaker>) {
  const symbol = icon(LOUD);
  const mute = h("button", { type: "button", class: "rtw-button rtw-speaker-mute" }, symbol);
  const volume = h("input", {
    type: "range",
    class: "rtw-speaker-volume",
    min: 0,
    max: 1,
    step: 0.05,
    "aria-label": "Volume",
    title: "Volume",
  });
  const says = h("span", { class: "rtw-grow rtw-muted", role: "status", "aria-live": "polite" });
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
  root.append(h("div", { class: "rtw-row" }, mute, volume, says, enable, stop), notice);

  mute.addEventListener(
    "click",
    () => speaker.setVolume(model.get("volume"), !model.get("muted")),
    {
      signal,
    },
  );
  for (const event of ["input", "change"]) {
    const change = () => speaker.setVolume(Number(volume.value), false, event === "change");
    volume.addEventListener(event, change, { signal });
  }
  stop.addEventListener("click", () => speaker.stop(), { signal });
  enable.addEventListener("click", () => (speaker.owned ? speaker.enable() : speaker.claim()), {
    signal,
  });

  const update = () => {
    const muted = model.get("muted");
    const playing = model.get("playing") && !speaker.gone;
    const owner = model.get("owner");
    const elsewhere = owner !== "" && !speaker.owned;
    const name = muted ? "Unmute" : "Mute";
    mute.setAttribute("aria-label", name);
    mute.setAttribute("aria-pressed", String(muted));
    mute.title = name;
    symbol.firstElementChild?.setAttribute("d", muted ? MUTE : LOUD);
    if (document.activeElement !== volume) volume.value = String(model.get("volume"));
    setText(says, elsewhere ? "Sound plays in another page" : status(speaker, { playing, muted }));
    stop.disabled = !playing || elsewhere;
    enable.hidden = !elsewhere && !speaker.blocked;
    setText(enable, elsewhere ? "Play here" : "Enable sound");
    root.dataset.state = playing ? "playing" : "silent";
    notice.hidden = speaker.failure === "";
    setText(notice, speaker.failure);
  };
  speaker.observe(update, signal);
  watch(model, ["volume", "muted", "playing", "owner"], signal, update);
}

export default definePanel<SpeakerTraits, Loudspeaker>({
  word: "speaker",
  label: "Speaker",
  styles,
  start: ({ model, signal }) => new Loudspeaker(model, signal),
  draw,
});
