// An event written by hand: a type with its template, checked while it is written, then sent.

import { h, setText } from "../dom";
import type { EventLogToKernel, EventLogToPage, EventLogTraits } from "../model";
import { listen, type Model, PAGE, send, watch } from "../panel";

/** It is checked when the typing stops for so long, in ms. */
const TYPING = 400;

export function composer(
  model: Model<EventLogTraits>,
  view: string,
  signal: AbortSignal,
): HTMLElement {
  const list = h("datalist", { id: `${view}-types` });
  const type = h("input", {
    class: "rtw-event_log-new",
    list: list.id,
    title: "A known type brings its template",
    placeholder: "Type of the event, such as response.create",
    "aria-label": "Type of the event",
    autocomplete: "off",
    spellcheck: "false",
  });
  const text = h("textarea", {
    class: "rtw-event_log-json",
    rows: 7,
    title: "Checked while you type; Ctrl+Enter sends it",
    "aria-label": "The event as JSON",
    "aria-describedby": `${view}-said`,
    placeholder: "The event as JSON; choose a type for a beginning",
    spellcheck: "false",
  });
  const submit = h("button", { type: "submit", class: "rtw-button", disabled: true }, "Send event");
  submit.title = "Send the event (Ctrl+Enter)";
  const said = h("span", { class: "rtw-event_log-said", id: `${view}-said`, role: "status" });
  const form = h(
    "form",
    { class: "rtw-event_log-form" },
    type,
    list,
    text,
    h("div", { class: "rtw-row" }, submit, said),
  );
  const dialect = h("span", { class: "rtw-muted" });
  const element = h(
    "details",
    { class: "rtw-event_log-composer" },
    h("summary", { title: "Write a client event as JSON" }, "Send an event by hand ", dialect),
    form,
  );

  let ask = 0;
  /** What was put there by a template, until somebody changes it. */
  let template = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (words: string, state: "" | "good" | "bad") => {
    setText(said, words);
    said.dataset.state = state;
    text.setAttribute("aria-invalid", String(state === "bad"));
  };
  const post = (only_check: boolean) => {
    clearTimeout(timer);
    if (text.value.trim() === "" || model.get("closed")) return;
    ask += 1;
    const message = { kind: "send", page: PAGE, view, ask, text: text.value, only_check } as const;
    send<EventLogToKernel>(model, message);
  };
  const edited = () => {
    submit.disabled = text.value.trim() === "" || model.get("closed");
    say(model.get("closed") ? "The session is over." : "", "");
    clearTimeout(timer);
    timer = setTimeout(() => post(true), TYPING);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));

  type.addEventListener(
    "input",
    () => {
      const beginning = model.get("templates")[type.value.trim()];
      if (beginning === undefined || (text.value.trim() !== "" && text.value !== template)) return;
      template = beginning;
      text.value = beginning;
      edited();
    },
    { signal },
  );
  text.addEventListener("input", edited, { signal });
  text.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      // The notebook runs its cell by the same keys.
      event.preventDefault();
      event.stopPropagation();
      form.requestSubmit();
    },
    { signal },
  );
  form.addEventListener(
    "submit",
    (event) => {
      event.preventDefault();
      post(false);
    },
    { signal },
  );
  listen<EventLogToPage>(model, signal, (message) => {
    if (message.kind !== "answer" || message.page !== PAGE || message.view !== view) return;
    if (message.ask !== ask) return;
    if (message.problem !== "") say(message.problem, "bad");
    else say(message.sent ? "Sent." : "Valid.", "good");
  });
  watch(model, ["templates", "dialect"], signal, () => {
    const names = Object.keys(model.get("templates")).sort();
    list.replaceChildren(...names.map((value) => h("option", { value })));
    setText(dialect, `(${model.get("dialect") === "beta" ? "beta" : "GA"} dialect)`);
  });
  watch(model, ["closed"], signal, edited);
  return element;
}
