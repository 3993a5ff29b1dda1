/** The doctor: one line for each check, the kernel's and this page's, each ok or what to do. */

import { gather } from "../doctor/facts";
import { judge, judgeEcho } from "../doctor/judge";
import { listenForEcho } from "../doctor/listen";
import { h, setText } from "../dom";
import type { Check, DoctorToKernel, DoctorTraits } from "../model";
import {
  type DrawContext,
  definePanel,
  type Model,
  needsKernel,
  PAGE,
  send,
  watch,
} from "../panel";
import { lineOf } from "../transport";
import styles from "./doctor.css";

const MARKS: Record<Check["state"], [string, string]> = {
  ok: ["✓", "ok"],
  warn: ["!", "works, but"],
  bad: ["✗", "does not work"],
  unknown: ["?", "not known"],
};

const NOT_TESTED: Check = {
  name: "echo",
  state: "unknown",
  text: "not tested: press “Test for echo”, it plays a short chirp and listens",
  todo: "",
};

/** What this page found; one for each model. */
class Findings {
  checks: Check[] = [];
  echo: Check = NOT_TESTED;
  looking = false;
  readonly #model: Model<DoctorTraits>;
  readonly #views = new Set<() => void>();
  readonly #signal: AbortSignal;

  constructor(model: Model<DoctorTraits>, signal: AbortSignal) {
    this.#model = model;
    this.#signal = signal;
    void this.look();
  }

  observe(changed: () => void, signal: AbortSignal): void {
    this.#views.add(changed);
    signal.addEventListener("abort", () => this.#views.delete(changed));
  }

  /** Look at the page again. */
  async look(): Promise<void> {
    if (this.looking) return;
    this.#set(true);
    this.checks = judge(await gather(lineOf(this.#model)));
    this.#report();
  }

  /** Play and listen; inside a click, because the browser may ask. */
  async listen(): Promise<void> {
    if (this.looking) return;
    this.#set(true);
    this.echo = judgeEcho(await listenForEcho());
    this.#report();
  }

  #report(): void {
    this.#set(false);
    if (this.#signal.aborted) return;
    const checks = [...this.checks, this.echo];
    send<DoctorToKernel>(this.#model, { kind: "report", page: PAGE, checks });
  }

  #set(looking: boolean): void {
    this.looking = looking;
    for (const changed of this.#views) changed();
  }
}

function draw({ model, root, signal, state: findings }: DrawContext<DoctorTraits, Findings>) {
  const list = h("ul", { class: "rtw-doctor-list" });
  const says = h("span", { class: "rtw-grow rtw-muted", role: "status" });
  const again = h("button", { type: "button", class: "rtw-button" }, "Look again");
  again.title = "Goes through all lines once more, in this page and in the kernel";
  const echo = h(
    "button",
    { type: "button", class: "rtw-button", title: "Plays a short chirp and listens for it" },
    "Test for echo",
  );
  root.append(list, h("div", { class: "rtw-row" }, again, echo, says));
  needsKernel(again);
  again.addEventListener(
    "click",
    () => {
      send<DoctorToKernel>(model, { kind: "again", page: PAGE });
      void findings.look();
    },
    { signal },
  );
  echo.addEventListener("click", () => void findings.listen(), { signal });

  let shown = "";
  const update = () => {
    const checks = [...model.get("rows"), ...findings.checks, findings.echo];
    const looking = findings.looking || model.get("looking");
    again.disabled = echo.disabled = findings.looking;
    setText(says, looking ? "Looking …" : summary(checks));
    const key = JSON.stringify(checks);
    if (key === shown) return;
    shown = key;
    list.replaceChildren(...checks.map(drawCheck));
  };
  findings.observe(update, signal);
  watch(model, ["rows", "looking"], signal, update);
}

function drawCheck({ name, state, text, todo }: Check): HTMLElement {
  const [mark, word] = MARKS[state] ?? MARKS.unknown;
  return h(
    "li",
    { class: `rtw-doctor-line rtw-doctor-${state}` },
    h("span", { class: "rtw-doctor-mark", role: "img", "aria-label": word }, mark),
    h("span", { class: "rtw-doctor-name" }, name),
    h(
      "span",
      { class: "rtw-doctor-text" },
      text,
      ...(todo === "" ? [] : [h("span", { class: "rtw-doctor-todo" }, `→ ${todo}`)]),
    ),
  );
}

export function summary(checks: Check[]): string {
  const bad = checks.filter(({ state }) => state === "bad").length;
  const warn = checks.filter(({ state }) => state === "warn").length;
  if (bad > 0) return bad === 1 ? "1 thing does not work" : `${bad} things do not work`;
  if (warn > 0) return warn === 1 ? "1 thing to look at" : `${warn} things to look at`;
  return "Everything that was looked at is well";
}

export default definePanel<DoctorTraits, Findings>({
  word: "doctor",
  label: "Check-up",
  styles,
  start: ({ model, signal }) => new Findings(model, signal),
  draw,
});
