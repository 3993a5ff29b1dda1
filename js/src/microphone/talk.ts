/** The talk button and the choice of who ends a turn: pointer, keys and assistive technology. */

import type { Recorder } from "../audio/recorder";
import { h } from "../dom";
import type { Mode } from "../model";
import { face } from "./words";

const MODES: [Mode, string, string][] = [
  ["hands_free", "Hands-free", "The server hears when you begin and end"],
  ["push_to_talk", "Push to talk", "You hold a button while you speak"],
];

/** Click for hands-free; hold, by pointer or key, for push-to-talk. */
export function actOnMain(main: HTMLButtonElement, recorder: Recorder, signal: AbortSignal): void {
  const holding = () => face(recorder) === "hold";
  const isHoldKey = (event: KeyboardEvent) => event.key === " " || event.key === "Enter";
  let held = false;
  const press = () => {
    held = true;
    recorder.press();
  };
  const release = () => {
    recorder.release();
  };

  main.addEventListener(
    "click",
    () => {
      if (!holding()) {
        if (recorder.state === "closed") void recorder.open();
        else recorder.close();
      } else if (!held) {
        // Assistive technology clicks without pointer or key: the first click holds, the next lets go.
        if (recorder.held) recorder.release();
        else recorder.press();
      }
      held = false;
    },
    { signal },
  );
  main.addEventListener(
    "pointerdown",
    (event) => {
      if (!holding() || event.button !== 0) return;
      main.setPointerCapture(event.pointerId);
      press();
    },
    { signal },
  );
  for (const end of ["pointerup", "pointercancel", "blur"] as const) {
    main.addEventListener(end, release, { signal });
  }
  main.addEventListener(
    "keydown",
    (event) => {
      if (!holding() || !isHoldKey(event)) return;
      event.preventDefault();
      if (!event.repeat) press();
    },
    { signal },
  );
  main.addEventListener(
    "keyup",
    (event) => {
      if (!holding() || !isHoldKey(event)) return;
      event.preventDefault();
      held = false;
      release();
    },
    { signal },
  );
  main.addEventListener("contextmenu", (event) => holding() && event.preventDefault(), { signal });
}

/** Who ends a turn: a radio group with one stop for the tab key and arrows inside. */
export function drawModes(recorder: Recorder, signal: AbortSignal) {
  const buttons = MODES.map(([mode, text, title]) =>
    h(
      "button",
      { type: "button", role: "radio", class: "rtw-button", title, "data-mode": mode },
      text,
    ),
  );
  const choose = (button: HTMLButtonElement) => {
    const mode = button.dataset.mode as Mode;
    if (mode !== recorder.mode) recorder.choose(mode);
  };
  buttons.forEach((button, at) => {
    button.addEventListener("click", () => choose(button), { signal });
    button.addEventListener(
      "keydown",
      ({ key }) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
        if (step === undefined) return;
        const next = buttons[(at + step + buttons.length) % buttons.length] as HTMLButtonElement;
        next.focus();
        choose(next);
      },
      { signal },
    );
  });
  const element = h(
    "div",
    { class: "rtw-modes", role: "radiogroup", "aria-label": "Who ends your turn" },
    ...buttons,
  );
  const update = (closed: boolean) => {
    for (const button of buttons) {
      const chosen = button.dataset.mode === recorder.mode;
      button.setAttribute("aria-checked", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      button.disabled = closed;
    }
  };
  return { element, update };
}
