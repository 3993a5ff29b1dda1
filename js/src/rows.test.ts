import { expect, test } from "vitest";
import type { Row } from "./model";
import { applyPatch } from "./rows";
import { BLANK } from "./transcript/blank_row";

function row(id: string, text = ""): Row {
  return { ...BLANK, id, text };
}

test("a changed row takes its place, the others stay the same objects", () => {
  const [a, b] = [row("a"), row("b", "Hel")];
  const after = applyPatch([a, b], { kind: "patch", seq: 2, rows: [row("b", "Hello")] });
  expect(after?.map((r) => r.text)).toEqual(["", "Hello"]);
  expect(after?.[0]).toBe(a);
});

test("an order adds, drops and moves", () => {
  const before = [row("a"), row("b"), row("c")];
  const after = applyPatch(before, {
    kind: "patch",
    seq: 2,
    rows: [row("d")],
    order: ["c", "d", "a"],
  });
  expect(after?.map((r) => r.id)).toEqual(["c", "d", "a"]);
});

test("an order that names an unknown row is refused: a patch was lost", () => {
  expect(applyPatch([row("a")], { kind: "patch", seq: 9, rows: [], order: ["a", "x"] })).toBeNull();
});
