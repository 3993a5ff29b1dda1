// JSON as a tree that folds. Everything enters as text.

import { h } from "../dom";

/** Objects nest no deeper than this when they are opened at once. */
const OPEN = 3;
/** Members that are shown of one object or list. */
const MOST = 200;

/** Makes what stands where a value was cut out, or null where it was not. */
export type Insert = (path: string[]) => HTMLElement | null;

export function jsonTree(value: unknown, insert: Insert = () => null): HTMLElement {
  return h("div", { class: "rtw-json" }, node(value, [], insert));
}

function node(value: unknown, path: string[], insert: Insert, name?: string): HTMLElement {
  const label = name === undefined ? [] : [h("span", { class: "rtw-json-name" }, name), ": "];
  const inserted = insert(path);
  if (inserted !== null) return h("div", { class: "rtw-json-line" }, ...label, inserted);
  if (value === null || typeof value !== "object") {
    return h("div", { class: "rtw-json-line" }, ...label, leaf(value));
  }
  const list = Array.isArray(value);
  const members: [string, unknown][] = Object.entries(value);
  const [open, close] = list ? ["[", "]"] : ["{", "}"];
  if (members.length === 0) {
    return h("div", { class: "rtw-json-line" }, ...label, `${open}${close}`);
  }
  const count = `${members.length} ${list ? "element" : "member"}${members.length === 1 ? "" : "s"}`;
  const inner = h("div", { class: "rtw-json-inner" });
  const fold = h(
    "details",
    { class: "rtw-json-fold" },
    h(
      "summary",
      { title: "Folds or unfolds this part" },
      ...[...label, open, h("span", { class: "rtw-json-count" }, ` ${count} ${close}`)],
    ),
    inner,
    h("div", { class: "rtw-json-line" }, close),
  );
  const fill = () => {
    if (inner.childElementCount > 0) return;
    for (const [key, one] of members.slice(0, MOST)) {
      inner.append(node(one, [...path, key], insert, list ? undefined : key));
    }
    if (members.length > MOST) {
      inner.append(h("div", { class: "rtw-json-line" }, `… ${members.length - MOST} more`));
    }
  };
  fold.addEventListener("toggle", () => fold.open && fill());
  if (path.length < OPEN) {
    fold.open = true;
    fill();
  }
  return fold;
}

function leaf(value: unknown): HTMLElement {
  const kind = value === null ? "null" : typeof value;
  return h("span", { class: "rtw-json-value", "data-kind": kind }, JSON.stringify(value) ?? "");
}
