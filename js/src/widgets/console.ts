/** The console: a header, the talk (sound, words, a line to type in), and tabs for all else. */

import type { Host } from "@anywidget/types";
import { drawDetails } from "../console/details";
import { drawHead } from "../console/head";
import { drawLine } from "../console/line";
import { h } from "../dom";
import type { ConsolePanel, ConsoleToKernel, ConsoleTraits } from "../model";
import { type DrawContext, definePanel, PAGE, send, watch } from "../panel";
import styles from "./console.css";

const NO_HOST =
  "This page cannot show panels inside a panel (anywidget older than 0.11). Show them one by " +
  "one: console.microphone, console.speaker, console.waveform, console.transcript.";

/** The host that renders panels inside panels, by the element of the view that it came with. */
const hosts = new WeakMap<Element, Host | undefined>();

function draw({ model, root, signal }: DrawContext<ConsoleTraits, null>): void {
  const host = root.parentElement === null ? undefined : hosts.get(root.parentElement);

  /** A panel into its place, or a sentence why not. */
  const show = (word: ConsolePanel, el: HTMLElement) => {
    const reference = model.get(word);
    if (host === undefined || reference === null) return;
    host
      .getWidget(reference)
      .then((widget) => widget.render({ el, signal }))
      .catch((error: unknown) => {
        if (signal.aborted) return;
        const text = `The ${word.replace("_", " ")} could not be shown: ${error}`;
        el.replaceChildren(h("p", { class: "rtw-notice", role: "alert" }, text));
      });
  };
  /** Places for those of the panels that the console has; none where it has none of them. */
  const places = (...words: ConsolePanel[]): HTMLElement[] =>
    words
      .filter((word) => model.get(word) !== null)
      .map((word) => {
        const el = h("div");
        show(word, el);
        return el;
      });
  const group = (name: string, content: HTMLElement[]): HTMLElement[] =>
    content.length > 0 ? [h("div", { class: name }, ...content)] : [];

  const sides = [
    ...group("rtw-console-side", places("microphone")),
    ...group("rtw-console-side", places("waveform", "speaker")),
  ];
  const talk = h(
    "div",
    { class: "rtw-console-talk" },
    ...group("rtw-console-sound", sides),
    ...group("rtw-console-words", places("transcript")),
    ...drawLine(model, signal),
  );
  const body = h("div", { class: "rtw-console-body" }, talk);
  root.append(drawHead(model, root, signal), body);
  if (host === undefined) {
    root.append(h("p", { class: "rtw-notice", role: "alert" }, NO_HOST));
    return;
  }
  const details = drawDetails(model, body, signal, show);
  if (details !== null) body.append(details);

  root.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || !model.get("busy")) return;
      event.preventDefault();
      send<ConsoleToKernel>(model, { kind: "interrupt", page: PAGE });
    },
    { signal },
  );
  watch(model, ["activity", "replay"], signal, () => {
    root.toggleAttribute("data-over", model.get("replay") || model.get("activity") === "closed");
  });
}

const panel = definePanel<ConsoleTraits, null>({
  word: "console",
  label: "Conversation",
  styles,
  start: () => null,
  draw,
});

export default {
  initialize: panel.initialize,
  render(context: Parameters<typeof panel.render>[0] & { host?: Host }) {
    hosts.set(context.el, context.host);
    return panel.render(context);
  },
};
