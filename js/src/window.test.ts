import { beforeEach, expect, test } from "vitest";
import { FakeModel } from "./fake_model";
import type { Row, TranscriptTraits } from "./model";
import { BLANK } from "./transcript/blank_row";
import { RowWindow } from "./window";

const row = (id: string, text = ""): Row => ({ ...BLANK, id, text });

let model: FakeModel<TranscriptTraits>;
let window: RowWindow;
let life: AbortController;

beforeEach(() => {
  life = new AbortController();
  model = new FakeModel<TranscriptTraits>({
    panel_id: "p",
    problem: "",
    rows: [row("a", "first")],
    seq: 7,
    height: "240px",
    going_on: true,
    replaying: "",
    zero_ms: 0,
  });
  window = new RowWindow(model.asModel, life.signal);
});

const texts = () => window.rows.map((r) => r.text);

test("it begins with the state and goes on with patches", () => {
  expect(texts()).toEqual(["first"]);
  model.receive({ kind: "patch", seq: 8, rows: [row("b", "second")], order: ["a", "b"] });
  model.receive({ kind: "patch", seq: 9, rows: [row("a", "FIRST")] });
  expect(texts()).toEqual(["FIRST", "second"]);
  expect(model.sent).toEqual([]);
});

test("a notebook that is saved has the rows that came as patches", async () => {
  model.receive({ kind: "patch", seq: 8, rows: [row("b", "second")], order: ["a", "b"] });
  await Promise.resolve();
  const saved = new FakeModel<TranscriptTraits>({
    panel_id: "p",
    problem: "",
    rows: model.get("rows"),
    seq: model.get("seq"),
    height: "240px",
    going_on: true,
    replaying: "",
    zero_ms: 0,
  });
  const reopened = new RowWindow(saved.asModel, life.signal);
  expect(reopened.rows.map((r) => r.text)).toEqual(["first", "second"]);
  expect(model.sent).toEqual([]);
});

test("a patch that is already in the state changes nothing", () => {
  model.receive({ kind: "patch", seq: 7, rows: [row("a", "older")] });
  expect(texts()).toEqual(["first"]);
});

test("after a gap it asks once, and shows nothing wrong until the answer comes", async () => {
  model.receive({ kind: "patch", seq: 9, rows: [], order: ["b"] });
  model.receive({ kind: "patch", seq: 10, rows: [row("c", "third")], order: ["b", "c"] });
  expect(model.kinds).toEqual(["resync"]);
  expect(texts()).toEqual(["first"]);
  model.write({ rows: [row("b", "second"), row("c", "third")], seq: 10 });
  await Promise.resolve();
  expect(texts()).toEqual(["second", "third"]);
  model.receive({ kind: "patch", seq: 11, rows: [row("c", "more")] });
  expect(texts()).toEqual(["second", "more"]);
});

test("every view hears of changes until it ends", () => {
  const seen: number[] = [];
  const view = new AbortController();
  window.watch(view.signal, () => seen.push(window.rows.length));
  model.receive({ kind: "patch", seq: 8, rows: [row("b")], order: ["a", "b"] });
  view.abort();
  model.receive({ kind: "patch", seq: 9, rows: [], order: ["b"] });
  expect(seen).toEqual([1, 2]);
});

test("its end leaves no handler behind", () => {
  life.abort();
  expect(model.handlerCount).toBe(0);
});
