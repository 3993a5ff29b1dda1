// The buttons of a row: play again, copy, delete. One set a view, at the row that is looked at.

import { copyText } from "../clipboard";
import { h, icon } from "../dom";
import type { Row } from "../model";
import { needsKernel } from "../panel";
import type { Line, Shared } from "./line";
import { copied } from "./words";

const AGAIN = "M8 2.5V.2L12 3.7 8 7.2V4.3a4.2 4.2 0 1 0 4.2 4.2H14a6 6 0 1 1-6-6z";
const STOP = "M3 3h10v10H3z";
const COPY = "M2 2h8v2H4v7H2zM6 6h8v8H6zm2 2v4h4V8z";
const DELETE = "M6 1h4v1h4v2H2V2h4zM3 5h10l-1 10H4zm3 2v6h1V7zm3 0v6h1V7z";

/** A first press on "delete" counts for so long, in ms. */
const SURE_MS = 4000;

export interface Commands {
  replay: (row: Row) => void;
  remove: (row: Row) => void;
  /** Tell a screen reader. */
  say: (text: string) => void;
}

export class Toolbar {
  readonly element: HTMLElement;
  #line: Line | null = null;
  readonly #shared: Shared;
  readonly #play: HTMLButtonElement;
  readonly #delete: HTMLButtonElement;
  readonly #sure = h("span", { hidden: true }, "Delete?");
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The focus came here by a pointer that pressed a button. */
  #pressed = false;

  constructor(shared: Shared, commands: Commands) {
    this.#shared = shared;
    const button = (path: string, label: string, press: (row: Row) => void) => {
      const made = h("button", { type: "button", class: "rtw-button" }, icon(path));
      name(made, label);
      made.addEventListener("click", () => this.#line && press(this.#line.row), {
        signal: shared.signal,
      });
      return made;
    };
    this.#play = button(AGAIN, "Play again", commands.replay);
    const copy = button(COPY, "Copy", (row) => {
      copyText(copied(row)).then((done) => {
        commands.say(done ? "Copied." : "The browser did not allow to copy.");
        name(copy, done ? "Copied" : "Not copied: the browser did not allow it");
      });
    });
    copy.addEventListener("blur", () => name(copy, "Copy"), { signal: shared.signal });
    this.#delete = button(DELETE, "Delete", (row) => {
      const sure = !this.#sure.hidden;
      this.#ask(!sure);
      if (sure) commands.remove(row);
      else commands.say("Press again to delete.");
    });
    needsKernel(this.#play, this.#delete);
    this.#delete.append(this.#sure);
    this.#delete.addEventListener("blur", () => this.#ask(false), { signal: shared.signal });
    this.element = h(
      "div",
      { class: "rtw-transcript-tools", role: "toolbar", "aria-label": "This row" },
      this.#play,
      copy,
      this.#delete,
    );
    const { signal } = shared;
    for (const [type, pressed] of [
      ["pointerdown", true],
      ["keydown", false],
    ] as const) {
      this.element.addEventListener(
        type,
        () => {
          this.#pressed = pressed;
        },
        { signal },
      );
    }
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /**
   * Go to a line. Whoever came here by the keyboard keeps it under the focus; whoever pressed a
   * button with a pointer takes it along to the next line, and the focus stays at the row.
   */
  show(line: Line | null, byFocus: boolean): void {
    if (line === this.#line && line?.element.contains(this.element)) return;
    if (!byFocus && this.element.contains(document.activeElement)) {
      if (!this.#pressed) return;
      this.#line?.element.focus({ preventScroll: true });
    }
    this.#line = line;
    this.#ask(false);
    this.update();
    if (line === null) this.element.remove();
    else line.element.append(this.element);
  }

  /** The row, or what the view knows, changed. */
  update(): void {
    const row = this.#line?.row;
    if (row === undefined) return;
    this.#play.hidden = !row.sound || !this.#shared.kernel;
    const plays = this.#shared.replaying === row.id;
    this.#play.replaceChildren(icon(plays ? STOP : AGAIN));
    name(this.#play, plays ? "Stop" : "Play again");
    const growing = row.state === "growing" && row.role !== "call";
    this.#delete.hidden = !this.#shared.can || row.role === "error" || growing;
  }

  #ask(sure: boolean): void {
    clearTimeout(this.#timer);
    this.#sure.hidden = !sure;
    name(this.#delete, sure ? "Press again to delete" : "Delete");
    if (sure) this.#timer = setTimeout(() => this.#ask(false), SURE_MS);
  }
}

function name(button: HTMLButtonElement, label: string): void {
  button.title = label;
  button.setAttribute("aria-label", label);
}
