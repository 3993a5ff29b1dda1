// One row of the transcript on the page; it changes only what differs.

import { AskBox } from "../approvals/ask_box";
import { h, setText } from "../dom";
import type { Row } from "../model";
import { given, lasted, pretty, short, time, WHO } from "./words";

/** What the lines of one view share. */
export interface Shared {
  readonly signal: AbortSignal;
  readonly decide: (key: string, approve: boolean) => void;
  /** Somebody answers what is asked here. */
  kernel: boolean;
  /** And there is a session that goes on. */
  can: boolean;
  /** When the session's clock began, in ms since 1970; 0 where nobody knows. */
  zero: number;
  replaying: string;
}

/** Nothing else is a picture here: see `rtwidgets/widgets/transcript_pictures.py`. */
const PICTURE = /^data:image\/(png|jpeg|jpg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/;

export class Line {
  readonly element: HTMLElement;
  row: Row;
  readonly #shared: Shared;
  readonly #who = h("span", { class: "rtw-transcript-who" });
  readonly #at = h("time", { class: "rtw-transcript-at" });
  readonly #lasted = h("span", { class: "rtw-transcript-lasted" });
  readonly #name = h("span", { class: "rtw-transcript-name" });
  readonly #text = h("span", { class: "rtw-transcript-text" });
  readonly #note = h("span", { class: "rtw-transcript-note" });
  readonly #words = document.createTextNode("");
  readonly #what: HTMLElement;
  // Parts that few rows have are made when they are needed.
  #unheard: HTMLElement | null = null;
  #call: Call | null = null;
  #ask: AskBox | null = null;
  #pictures: HTMLElement | null = null;
  #shown: readonly string[] = [];

  constructor(row: Row, shared: Shared) {
    this.#shared = shared;
    this.#text.append(this.#words);
    this.#what = h("div", { class: "rtw-transcript-what", dir: "auto" });
    this.element = h(
      "div",
      { class: "rtw-transcript-row", role: "group", tabindex: -1 },
      this.#who,
      this.#what,
      h("span", { class: "rtw-transcript-when" }, this.#at, this.#lasted),
    );
    this.row = row;
    if (row.role === "call") this.#call = new Call();
    const parts = this.#call === null ? [this.#name, this.#text] : [this.#call.element];
    this.#what.append(...parts, this.#note);
    this.#write();
  }

  update(row: Row): void {
    if (row === this.row) return;
    this.row = row;
    this.#write();
  }

  /** What the view knows changed. */
  refresh(): void {
    const { at_ms, ask, id } = this.row;
    const at = time(at_ms);
    setText(this.#at, at);
    if (at !== "" && this.#shared.zero > 0) {
      const date = new Date(this.#shared.zero + at_ms);
      this.#at.dateTime = date.toISOString();
      // The buttons of a row stand in place of its time.
      this.#at.title = this.#who.title = date.toLocaleString();
    }
    if (ask !== null || this.#ask !== null) {
      if (this.#ask === null) {
        this.#ask = new AskBox(this.#shared.decide, this.#shared.signal);
        this.#what.append(this.#ask.element);
      }
      this.#ask.update(ask, this.#shared.can);
    }
    this.element.toggleAttribute("data-replaying", this.#shared.replaying === id);
  }

  /** Open or close what folds. */
  toggle(): void {
    if (this.#call !== null) this.#call.element.open = !this.#call.element.open;
  }

  #write(): void {
    const { role, name, text, note, state, unheard, duration_ms, pictures } = this.row;
    if (this.#call !== null) this.#call.update(this.row);
    else {
      const shown = this.#words.data;
      // Appending keeps a reader's selection alive while the words grow.
      if (text !== shown && text.startsWith(shown)) {
        this.#words.appendData(text.slice(shown.length));
      } else if (text !== shown) this.#words.data = text;
      setText(this.#name, name);
    }
    if (unheard !== "" || this.#unheard !== null) this.#writeUnheard(unheard);
    setText(this.#who, WHO[role]);
    setText(this.#note, note);
    setText(this.#lasted, lasted(duration_ms));
    if (pictures.length > 0 || this.#pictures !== null) this.#writePictures(pictures);
    this.element.dataset.role = role;
    this.element.dataset.state = state;
    const at = time(this.row.at_ms);
    this.element.setAttribute("aria-label", at === "" ? WHO[role] : `${WHO[role]}, ${at}`);
    this.refresh();
  }

  #writeUnheard(unheard: string): void {
    if (this.#unheard === null) {
      this.#unheard = h("s", { class: "rtw-transcript-unheard", title: "Not heard" });
      this.#text.after(this.#unheard);
    }
    this.#unheard.hidden = unheard === "";
    this.#unheard.replaceChildren(h("span", { class: "rtw-spoken" }, "(not heard:) "), unheard);
  }

  #writePictures(pictures: readonly string[]): void {
    const same = pictures.length === this.#shown.length;
    if (same && pictures.every((uri, place) => uri === this.#shown[place])) return;
    this.#shown = pictures;
    if (this.#pictures === null) {
      this.#pictures = h("div", { class: "rtw-transcript-pictures" });
      this.#what.append(this.#pictures);
    }
    const shown = pictures.filter((uri) => PICTURE.test(uri));
    this.#pictures.replaceChildren(...shown.map((uri, place) => picture(uri, place + 1)));
  }
}

/** A thumbnail; pressed, the picture as large as the panel has room for. */
function picture(uri: string, number: number): HTMLElement {
  const image = h("img", { src: uri, alt: `Picture ${number}` });
  const button = h(
    "button",
    { type: "button", class: "rtw-transcript-picture", "aria-expanded": "false" },
    image,
  );
  button.title = "Larger";
  button.addEventListener("click", () => {
    const large = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(large));
    button.title = large ? "Smaller" : "Larger";
  });
  return button;
}

/** What became of a call, behind it. */
function ended({ state, result, failure, ask }: Row): string {
  if (ask?.state === "pending") return " waits for approval";
  if (state === "growing" || state === "pending") return " …";
  if (failure === "") return result === "" ? "" : ` → ${short(result)}`;
  return ask === null || ask.state === "approved" ? " failed" : " not run";
}

/** A call in one line, which unfolds; why it failed stands below in any case. */
class Call {
  readonly element: HTMLDetailsElement;
  readonly #name = h("span", { class: "rtw-transcript-name" });
  readonly #given = h("span", { class: "rtw-transcript-given" });
  readonly #result = h("span", { class: "rtw-transcript-result" });
  readonly #arguments = h("pre");
  readonly #output = h("pre");
  readonly #returned = h("div", {}, "Result", this.#output);
  readonly #failure = h("div", { class: "rtw-transcript-failure" });
  #asked = false;

  constructor() {
    this.element = h(
      "details",
      { class: "rtw-transcript-call" },
      h(
        "summary",
        { title: "Unfolds what the call was given, and its result" },
        h("span", { class: "rtw-transcript-brief" }, this.#name, this.#given, this.#result),
        this.#failure,
      ),
      h("div", { class: "rtw-transcript-folded" }, h("div", {}, "Arguments", this.#arguments)),
    );
    this.element.lastElementChild?.append(this.#returned);
  }

  update(row: Row): void {
    const { name, text, result, failure, ask } = row;
    setText(this.#name, name);
    setText(this.#given, `(${given(text)})`);
    setText(this.#result, ended(row));
    setText(this.#arguments, pretty(text));
    setText(this.#output, pretty(result));
    this.#returned.hidden = result === "";
    setText(this.#failure, failure);
    this.#failure.hidden = failure === "";
    if (ask?.state === "pending" && !this.#asked) {
      // Nobody should allow what they do not see.
      this.#asked = true;
      this.element.open = true;
    }
  }
}
