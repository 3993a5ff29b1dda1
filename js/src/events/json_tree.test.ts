import { expect, test } from "vitest";
import { h } from "../dom";
import { jsonTree } from "./json_tree";

test("members are shown with their names, and markup as text", () => {
  const tree = jsonTree({ type: "x", said: "<img src=x onerror=alert(1)>", empty: {}, none: null });
  expect(tree.textContent).toContain('said: "<img src=x onerror=alert(1)>"');
  expect(tree.textContent).toContain("empty: {}");
  expect(tree.querySelector("img")).toBeNull();
});

test("what is deep is folded, and made when it is opened", () => {
  const tree = jsonTree({ a: { b: { c: { d: { e: 7 } } } } });
  const folds = [...tree.querySelectorAll("details")];
  expect(folds.map((fold) => fold.open)).toEqual([true, true, true, false]);
  const last = folds[3] as HTMLDetailsElement;
  last.open = true;
  last.dispatchEvent(new Event("toggle"));
  expect(tree.querySelectorAll("details")).toHaveLength(5);
});

test("a long list says how much of it is not shown", () => {
  const tree = jsonTree(Array.from({ length: 1000 }, (_, i) => i));
  expect(tree.querySelectorAll(".rtw-json-value")).toHaveLength(200);
  expect(tree.textContent).toContain("… 800 more");
});

test("where a value was cut out, something else stands", () => {
  const insert = (path: string[]) => (path.join() === "item,audio" ? h("b", {}, "a sound") : null);
  const tree = jsonTree({ item: { audio: "" } }, insert);
  expect(tree.textContent).toContain("audio: a sound");
});
