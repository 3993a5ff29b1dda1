/** The console: a header, the sound of both sides, the words, a line to type in, the usage. */

import type { Host } from "@anywidget/types";
import { h, icon, setText } from "../dom";
import type { Activity, ConsoleToKernel, ConsoleTraits } from "../model";
import { type DrawContext, definePanel, PAGE, send, watch } from "../panel";
import styles from "./console.css";

const SQUARE = "M3 3h10v10H3z";

type Inside = "microphone" | "speaker" | "waveform" | "transcript" | "usage_table";

const WORDS: Record<Activity, string> = {
  idle: "Idle",
  listening: "Listening",
  thinking: "Thinking",
  speaking: "Speaking",
  error: "Error",
  closed: "Closed",
};

/** The host that renders panels inside panels, by the element of the view that it came with. */
const hosts = new WeakMap<Element, Host | undefined>();

function draw({ model, root, signal }: DrawContext<ConsoleTraits, null>): void {
  const say = (message: ConsoleToKernel) => send(model, message);
  const places: Record<Inside, HTMLElement> = {
    microphone: h("div"),
    speaker: h("div"),
    waveform: h("div"),
    transcript: h("div"),
    usage_table: h("div", { class: "rtw-console-table" }),
  };
  const summary = h("span", { class: "rtw-muted" });
  root.append(
    drawHead({ model, root, signal }),
    h(
      "div",
      { class: "rtw-console-sound" },
      h("div", { class: "rtw-console-side" }, places.microphone),
      h("div", { class: "rtw-console-side" }, places.waveform, places.speaker),
    ),
    h("div", { class: "rtw-console-words" }, places.transcript),
    drawInput({ model, signal }, say),
    h(
      "details",
      { class: "rtw-console-usage" },
      h("summary", {}, "Usage: ", summary),
      places.usage_table,
    ),
  );
  watch(model, ["usage"], signal, () => setText(summary, model.get("usage")));
  root.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || !model.get("busy")) return;
      event.preventDefault();
      say({ kind: "interrupt", page: PAGE });
    },
    { signal },
  );

  const host = root.parentElement === null ? undefined : hosts.get(root.parentElement);
  if (host === undefined) {
    const sentence =
      "This page cannot show panels inside a panel (anywidget older than 0.11). Show them one by " +
      "one: console.microphone, console.speaker, console.waveform, console.transcript.";
    root.append(h("p", { class: "rtw-notice", role: "alert" }, sentence));
    return;
  }
  for (const [name, el] of Object.entries(places) as [Inside, HTMLElement][]) {
    host
      .getWidget(model.get(name))
      .then((widget) => widget.render({ el, signal }))
      .catch((error: unknown) => {
        if (signal.aborted) return;
        const text = `The ${name.replace("_", " ")} could not be shown: ${error}`;
        el.replaceChildren(h("p", { class: "rtw-notice", role: "alert" }, text));
      });
  }
}

type Part = Pick<DrawContext<ConsoleTraits, null>, "model" | "signal">;

/** What it is connected to, and who is at it. */
function drawHead({ model, signal, root }: Part & { root: HTMLElement }): HTMLElement {
  const activity = h("span", { class: "rtw-console-activity", role: "status" });
  const title = h("span", { class: "rtw-console-name" });
  const facts = h("span", { class: "rtw-console-facts rtw-muted" });
  const detail = h("span", { class: "rtw-console-detail", role: "alert" });
  watch(model, ["title", "model_name", "voice", "activity", "detail"], signal, () => {
    const now = model.get("activity");
    root.dataset.activity = now;
    setText(activity, WORDS[now] ?? now);
    setText(title, model.get("title"));
    const voice = model.get("voice");
    const words = [model.get("model_name"), voice === "" ? "" : `voice ${voice}`];
    setText(facts, words.filter((word) => word !== "").join(" · "));
    facts.title = facts.textContent;
    setText(detail, model.get("detail"));
    detail.title = model.get("detail");
  });
  return h("header", { class: "rtw-console-head" }, title, facts, detail, activity);
}

/** A turn to type, Enter sends it; and the button that stops the answer. */
function drawInput({ model, signal }: Part, say: (message: ConsoleToKernel) => void): HTMLElement {
  const input = h("textarea", {
    rows: 1,
    "aria-label": "Your turn, as text",
    enterkeyhint: "send",
    dir: "auto",
  });
  const submit = h("button", { type: "submit", class: "rtw-button" }, "Send");
  const stop = h(
    "button",
    { type: "button", class: "rtw-button", title: "Stop the answer (Esc)" },
    icon(SQUARE),
    "Stop answer",
  );
  const form = h("form", { class: "rtw-console-type" }, input, submit, stop);

  const update = () => {
    const closed = model.get("activity") === "closed";
    input.disabled = closed;
    input.placeholder = closed ? "The session is over." : "Type a message, or record your voice";
    submit.disabled = closed || input.value.trim() === "";
    stop.disabled = !model.get("busy");
  };
  form.addEventListener(
    "submit",
    (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (text === "" || model.get("activity") === "closed") return;
      say({ kind: "say", page: PAGE, text });
      input.value = "";
      update();
      input.focus();
    },
    { signal },
  );
  input.addEventListener(
    "keydown",
    (event) => {
      // Enter that ends the choice of a character is no Enter.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    },
    { signal },
  );
  input.addEventListener("input", update, { signal });
  stop.addEventListener("click", () => say({ kind: "interrupt", page: PAGE }), { signal });
  watch(model, ["activity", "busy"], signal, update);
  return form;
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
