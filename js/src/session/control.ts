// One line of the form: its label, its control, and a line below it for what is wrong with it or
// what the server made of it.

import { h, setText } from "../dom";
import type { FieldValue, SettingField } from "../model";

/** A choice that nobody has made: the server does not say what is in force. */
const UNSAID = "";

export interface ControlState {
  value: FieldValue;
  changed: boolean;
  visible: boolean;
  /** What the server said of it. */
  refused: string;
  disabled: boolean;
}

type Edited = (value: FieldValue) => void;

export class Control {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
  readonly #none: HTMLInputElement | null;
  readonly #note = h("span", { class: "rtw-session_panel-note" });
  readonly #nothing: string;

  constructor(field: SettingField, id: string, signal: AbortSignal, edited: Edited) {
    this.#nothing = field.nothing;
    const wide = field.kind === "area" || field.kind === "json";
    const needs = field.nothing !== "" && (field.kind === "number" || field.kind === "text");
    this.#none = needs ? h("input", { type: "checkbox" }) : null;
    const [input, list] = input_of(field, id);
    this.#input = input;
    input.setAttribute("aria-describedby", `${id}-note`);
    this.#note.id = `${id}-note`;
    const read = () => edited(this.#none?.checked ? field.nothing : this.#read(field));
    input.addEventListener(field.kind === "choice" ? "change" : "input", read, { signal });
    this.#none?.addEventListener(
      "change",
      () => {
        input.disabled = this.#none?.checked ?? false;
        read();
        if (!input.disabled) input.focus();
      },
      { signal },
    );
    this.element = h(
      "div",
      { class: "rtw-session_panel-field", "data-wide": wide, "data-name": field.name },
      h("label", { for: id, title: field.help }, field.label),
      h(
        "span",
        { class: "rtw-session_panel-control", title: field.help },
        input,
        ...(list === null ? [] : [list]),
        ...(this.#none === null ? [] : [h("label", {}, this.#none, ` ${field.nothing}`)]),
      ),
      this.#note,
    );
  }

  /** Show a field as it stands; what somebody is typing is left alone. */
  update(field: SettingField, state: ControlState): void {
    const { element } = this;
    element.hidden = !state.visible;
    element.dataset.changed = String(state.changed);
    element.dataset.state = state.refused !== "" ? "refused" : field.state;
    const none = this.#none !== null && state.value === this.#nothing;
    if (this.#none !== null) {
      this.#none.checked = none;
      this.#none.disabled = state.disabled;
    }
    this.#input.disabled = state.disabled || none;
    this.#input.setAttribute("aria-invalid", String(state.refused !== ""));
    if (this.#read(field) !== state.value) this.#write(none ? null : state.value);
    setText(this.#note, note(field, state));
  }

  #read(field: SettingField): FieldValue {
    const input = this.#input;
    if (field.kind === "switch") return (input as HTMLInputElement).checked;
    if (field.kind !== "number" || input.value === "") return input.value;
    const number = Number(input.value);
    return Number.isNaN(number) ? input.value : number;
  }

  #write(value: FieldValue): void {
    if (this.#input instanceof HTMLInputElement && this.#input.type === "checkbox") {
      this.#input.checked = value === true;
      this.#input.indeterminate = value === null;
    } else this.#input.value = value === null ? UNSAID : String(value);
  }
}

function note(field: SettingField, { refused, changed, value }: ControlState): string {
  if (refused !== "") return refused;
  if (changed) return `changed, was ${shown(field.value)}`;
  if (field.state === "differs") return `asked ${field.asked}, granted ${field.granted}`;
  if (field.state === "granted") return "as asked";
  return value === null ? "not reported by the server" : "";
}

function shown(value: FieldValue): string {
  if (value === null) return "not reported";
  if (typeof value === "boolean") return value ? "on" : "off";
  const text = String(value);
  if (text === "") return "empty";
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** The control, and the list of suggestions where it has one. */
function input_of(
  field: SettingField,
  id: string,
): [HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement, HTMLElement | null] {
  const options = field.choices.map((value) => h("option", { value }, value));
  switch (field.kind) {
    case "choice": {
      const empty = field.value === null ? [h("option", { value: UNSAID }, "—")] : [];
      return [h("select", { id }, ...empty, ...options), null];
    }
    case "switch":
      return [h("input", { id, type: "checkbox" }), null];
    case "area":
      return [h("textarea", { id, rows: 3, dir: "auto" }), null];
    case "json":
      return [h("textarea", { id, rows: 1, spellcheck: "false", placeholder: field.help }), null];
    case "number": {
      const { least: min, most: max } = field;
      const step = field.whole ? 1 : "any";
      const limits = min !== null && max !== null ? `${min} to ${max}` : null;
      return [h("input", { id, type: "number", min, max, step, title: limits }), null];
    }
    default: {
      const list = options.length > 0 ? h("datalist", { id: `${id}-list` }, ...options) : null;
      const attributes = { id, type: "text", list: list?.id ?? null, spellcheck: "false" };
      return [h("input", { ...attributes, autocomplete: "off" }), list];
    }
  }
}
