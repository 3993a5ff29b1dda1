// An event written by hand: a type with its template, checked while it is written, then sent.
// A text that a template takes the place of is put away, and comes back by Undo.

import { h, setText } from "../dom";
import type { EventLogToKernel, EventLogToPage, EventLogTraits } from "../model";
import { listen, type Model, PAGE, send, watch } from "../panel";

/** It is checked when the typing stops for so long, in ms. */
const TYPING = 400;

interface Draft {
  type: string;
  /** What the template of its type put there; empty where it began without one. */
  template: string;
  text: string;
}

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
  const undo = h("button", { type: "button", class: "rtw-button", hidden: true }, "Undo");
  undo.title = "Brings back the text that was here before the template";
  const said = h("span", { class: "rtw-event_log-said", id: `${view}-said`, role: "status" });
  const form = h(
    "form",
    { class: "rtw-event_log-form" },
    type,
    list,
    text,
    h("div", { class: "rtw-row" }, submit, undo, said),
  );
  const dialect = h("span", { class: "rtw-muted" });
  const element = h(
    "details",
    { class: "rtw-event_log-composer" },
    h("summary", { title: "Write a client event as JSON" }, "Send an event by hand ", dialect),
    form,
  );

  let ask = 0;
  /** What is there was begun for this type, by this template. */
  let begun = { type: "", template: "" };
  /** Texts that templates took the place of, the last one at the end. */
  const away: Draft[] = [];
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

  /** Show another text; what somebody wrote is returned, to be kept. */
  const put = (draft: Draft): Draft | null => {
    const old = { ...begun, text: text.value };
    begun = { type: draft.type, template: draft.template };
    text.value = draft.text;
    edited();
    return old.text.trim() === "" || old.text === old.template ? null : old;
  };
  type.addEventListener(
    "input",
    () => {
      const name = type.value.trim();
      const template = model.get("templates")[name];
      if (template === undefined || (name === begun.type && text.value.trim() !== "")) return;
      const old = put({ type: name, template, text: template });
      if (old === null) return;
      away.push(old);
      undo.hidden = false;
      clearTimeout(timer); // a template needs no check, and these words are to be read
      say(`The template of ${name} is in the place of your text.`, "");
    },
    { signal },
  );
  undo.addEventListener(
    "click",
    () => {
      const last = away.pop();
      if (last === undefined) return;
      type.value = last.type;
      const old = put(last);
      // Nothing is lost by Undo either: it goes round.
      if (old !== null) away.unshift(old);
      undo.hidden = away.length === 0;
      text.focus();
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
