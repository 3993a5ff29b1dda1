// A question under a call: may it run? Two buttons, and what happens without an answer.

import { h, setText } from "../dom";
import type { Ask } from "../model";
import { asked } from "../transcript/words";

export class AskBox {
  readonly element: HTMLElement;
  readonly #words = h("span", { class: "rtw-muted" });
  readonly #buttons: HTMLButtonElement[];
  #ask: Ask | null = null;

  constructor(decide: (key: string, approve: boolean) => void, signal: AbortSignal) {
    const button = (label: string, title: string, approve: boolean) => {
      const made = h("button", { type: "button", class: "rtw-button", title }, label);
      made.addEventListener("click", () => this.#ask && decide(this.#ask.key, approve), { signal });
      return made;
    };
    this.#buttons = [
      button("Approve", "Runs the call, this once", true),
      button("Deny", "The call does not run, and the model is told so", false),
    ];
    this.element = h(
      "div",
      { class: "rtw-ask rtw-row", role: "group", "aria-label": "Approval", hidden: true },
      ...this.#buttons,
      this.#words,
    );
  }

  /** `can`: there is a session that waits for the answer. */
  update(ask: Ask | null, can: boolean): void {
    this.#ask = ask;
    this.element.hidden = ask === null;
    if (ask === null) return;
    const open = ask.state === "pending";
    this.element.dataset.state = ask.state;
    for (const button of this.#buttons) button.hidden = !(open && can);
    setText(this.#words, open && !can ? "Nobody answered." : asked(ask));
  }
}
