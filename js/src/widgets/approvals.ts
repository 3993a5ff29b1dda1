// The calls that wait for a person, as cards: the function, what it would get, two buttons.

import { AskBox } from "../approvals/ask_box";
import { h, setText } from "../dom";
import type { ApprovalsToKernel, ApprovalsTraits, Question } from "../model";
import { definePanel, isReadonly, onReadonly, PAGE, send, watch } from "../panel";
import { given, pretty } from "../transcript/words";
import styles from "./approvals.css";

class Card {
  readonly element: HTMLElement;
  readonly #name = h("strong", { class: "rtw-approvals-name" });
  readonly #given = h("span", { class: "rtw-approvals-given" });
  readonly #arguments = h("pre", { class: "rtw-approvals-arguments", dir: "auto" });
  readonly #box: AskBox;

  constructor(decide: (key: string, approve: boolean) => void, signal: AbortSignal) {
    this.#box = new AskBox(decide, signal);
    const call = h("div", { class: "rtw-approvals-call" }, this.#name, this.#given);
    this.element = h("li", {}, call, this.#arguments, this.#box.element);
  }

  update({ name, text, ask }: Question, can: boolean): void {
    const open = ask.state === "pending";
    setText(this.#name, name);
    setText(this.#given, open ? "" : `(${given(text)})`);
    setText(this.#arguments, pretty(text));
    this.#arguments.hidden = !open;
    this.#box.update(ask, can);
  }
}

export default definePanel<ApprovalsTraits, null>({
  word: "approvals",
  label: "Approvals",
  styles,
  start: () => null,
  draw({ model, root, signal }) {
    const decide = (key: string, approve: boolean) =>
      send<ApprovalsToKernel>(model, { kind: "decide", page: PAGE, key, approve });
    const cards = new Map<string, Card>();
    const empty = h("p", { class: "rtw-approvals-empty rtw-muted" }, "No call waits for approval.");
    const list = h("ul", { class: "rtw-approvals-list", "aria-label": "Calls" });
    const said = h("p", { class: "rtw-spoken", role: "status" });
    root.append(empty, list, said);

    const refresh = () => {
      const questions = model.get("questions");
      const can = !isReadonly(root) && model.get("going_on");
      const keys = new Set(questions.map((question) => question.ask.key));
      for (const [key, card] of cards) {
        if (keys.has(key)) continue;
        card.element.remove();
        cards.delete(key);
      }
      questions.forEach((question, place) => {
        const card = cards.get(question.ask.key) ?? new Card(decide, signal);
        cards.set(question.ask.key, card);
        card.update(question, can);
        const there = list.children[place];
        if (there !== card.element) list.insertBefore(card.element, there ?? null);
      });
      empty.hidden = questions.length > 0;
      list.hidden = questions.length === 0;
      const waits = questions.filter((question) => question.ask.state === "pending");
      const last = waits.at(-1);
      setText(said, last === undefined || !can ? "" : `${last.name} waits for approval.`);
    };
    watch(model, ["questions", "going_on"], signal, refresh);
    onReadonly(root, signal, refresh);
  },
});
