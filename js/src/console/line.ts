// The line that a turn is typed in. Where nobody can be talked to, a sentence stands in its place.

import { h, icon, setText } from "../dom";
import type { ConsoleToKernel, ConsoleTraits } from "../model";
import { type Model, needsKernel, PAGE, send, watch } from "../panel";

const SQUARE = "M3 3h10v10H3z";
const RECORDING = "This is a recording: nothing can be said in it.";
const OVER = "The session is over: nothing more can be said. session.resume() goes on with it.";

/** Enter sends the turn; beside it the button that stops the answer. */
export function drawLine(model: Model<ConsoleTraits>, signal: AbortSignal): HTMLElement[] {
  const say = (message: ConsoleToKernel) => send(model, message);
  const input = h("textarea", {
    rows: 1,
    "aria-label": "Your turn, as text",
    enterkeyhint: "send",
    title: "Enter sends it; Shift+Enter begins a line",
    dir: "auto",
  });
  const submit = h("button", { type: "submit", class: "rtw-button" }, "Send");
  submit.title = "Says it to the model (Enter)";
  const stop = h(
    "button",
    { type: "button", class: "rtw-button", title: "Stop the answer (Esc)" },
    icon(SQUARE),
    "Stop answer",
  );
  const form = h("form", { class: "rtw-console-type" }, input, submit, stop);
  needsKernel(form);
  const over = h("p", { class: "rtw-console-over" });

  const closed = () => model.get("replay") || model.get("activity") === "closed";
  const update = () => {
    form.hidden = closed();
    over.hidden = !closed();
    setText(over, model.get("replay") ? RECORDING : OVER);
    const voice = model.get("microphone") === null ? "" : ", or record your voice";
    input.placeholder = `Type a message${voice}`;
    submit.disabled = closed() || input.value.trim() === "";
    stop.disabled = !model.get("busy");
  };
  form.addEventListener(
    "submit",
    (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (text === "" || closed()) return;
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
  watch(model, ["activity", "busy", "replay", "microphone"], signal, update);
  return [form, over];
}
