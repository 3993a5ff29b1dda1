// The console's first line: what it is connected to, and who is at it.

import { h, setText } from "../dom";
import type { Activity, ConsoleTraits } from "../model";
import { type Model, watch } from "../panel";

const WORDS: Record<Activity, string> = {
  idle: "Idle",
  listening: "Listening",
  thinking: "Thinking",
  speaking: "Speaking",
  error: "Error",
  closed: "Closed",
};

export function drawHead(
  model: Model<ConsoleTraits>,
  root: HTMLElement,
  signal: AbortSignal,
): HTMLElement {
  const activity = h("span", { class: "rtw-console-activity", role: "status" });
  const title = h("span", { class: "rtw-console-name" });
  const facts = h("span", { class: "rtw-console-facts rtw-muted" });
  const detail = h("span", { class: "rtw-console-detail", role: "alert" });
  const names = ["title", "model_name", "voice", "activity", "detail", "replay"] as const;
  watch(model, [...names], signal, () => {
    const now = model.get("activity");
    root.dataset.activity = now;
    const over = now === "closed" && model.get("replay");
    setText(activity, over ? "Recording" : (WORDS[now] ?? now));
    setText(title, model.get("title"));
    const voice = model.get("voice");
    const words = [model.get("model_name"), voice === "" ? "" : `voice ${voice}`];
    setText(facts, words.filter((word) => word !== "").join(" · "));
    facts.title = facts.textContent;
    setText(detail, model.get("detail"));
    detail.title = model.get("detail");
  });
  return h("header", { class: "rtw-console-head" }, title, facts, detail, activity);
}
