import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeModel } from "../fake_model";
import type { Row, TranscriptTraits } from "../model";
import transcript from "./transcript";

let model: FakeModel<TranscriptTraits>;
let el: HTMLElement;
let life: AbortController;
let seq = 0;

function row(id: string, fields: Partial<Row> = {}): Row {
  return { id, role: "user", name: "", text: "", state: "final", note: "", ...fields };
}

function patch(rows: Row[], order?: string[]): void {
  seq += 1;
  model.receive({ kind: "patch", seq, rows, ...(order ? { order } : {}) });
}

const shown = () =>
  [...el.querySelectorAll(".rtw-transcript-row")].map((line) =>
    [".rtw-transcript-who", ".rtw-transcript-text"].map(
      (part) => line.querySelector(part)?.textContent,
    ),
  );
const log = () => el.querySelector<HTMLElement>(".rtw-transcript-log") as HTMLElement;
const spoken = () => el.querySelector("[aria-live=polite]")?.textContent;

/** A page has sizes, a test has none. */
function size(scrollHeight: number, clientHeight: number): void {
  Object.defineProperty(log(), "scrollHeight", { value: scrollHeight, configurable: true });
  Object.defineProperty(log(), "clientHeight", { value: clientHeight, configurable: true });
}

beforeEach(() => {
  seq = 0;
  life = new AbortController();
  el = document.createElement("div");
  document.body.append(el);
  model = new FakeModel<TranscriptTraits>({
    panel_id: String(Math.random()),
    problem: "",
    rows: [],
    seq: 0,
    height: "200px",
  });
  transcript.render({ model: model.asModel, el, signal: life.signal });
});

afterEach(() => {
  life.abort();
  el.remove();
});

test("before the first word it says so, and then no more", () => {
  expect(el.textContent).toContain("Nothing was said yet.");
  patch([row("a", { text: "hello" })], ["a"]);
  expect(el.textContent).not.toContain("Nothing was said yet.");
  patch([], []);
  expect(el.textContent).toContain("Nothing was said yet.");
});

test("rows are in the kernel's order, whoever came first", () => {
  patch([row("b", { text: "second", role: "assistant" })], ["b"]);
  const element = el.querySelector(".rtw-transcript-row");
  patch([row("a", { text: "first" })], ["a", "b"]);
  patch([row("e", { text: "oops", role: "error" })], ["a", "e", "b"]);
  expect(shown()).toEqual([
    ["You", "first"],
    ["Error", "oops"],
    ["Assistant", "second"],
  ]);
  expect(el.querySelectorAll(".rtw-transcript-row")[2]).toBe(element);
});

test("words grow in the same text node, so that a selection lives on", () => {
  patch([row("a", { text: "one", role: "assistant", state: "growing" })], ["a"]);
  const words = el.querySelector(".rtw-transcript-text")?.firstChild;
  patch([row("a", { text: "one two", role: "assistant", state: "growing" })]);
  patch([row("a", { text: "one two three", role: "assistant" })]);
  expect(el.querySelector(".rtw-transcript-text")?.firstChild).toBe(words);
  expect(words?.textContent).toBe("one two three");
});

test("markup, scripts and other directions are text", () => {
  const evil = '<img src=x onerror="alert(1)"><script>alert(2)</script> שלום';
  patch([row("a", { text: evil, name: "<b>f</b>", note: "<i>n</i>", role: "call" })], ["a"]);
  expect(el.querySelector(".rtw-transcript-log img, .rtw-transcript-log script, i, b")).toBeNull();
  expect(el.querySelector(".rtw-transcript-text")?.textContent).toBe(evil);
  expect(el.querySelector(".rtw-transcript-what")?.getAttribute("dir")).toBe("auto");
});

test("it follows the end until the reader scrolls up, and again from the end on", () => {
  size(1000, 200);
  patch([row("a", { text: "one" })], ["a"]);
  expect(log().scrollTop).toBe(1000);
  log().scrollTop = 300;
  log().dispatchEvent(new Event("scroll"));
  size(1100, 200);
  patch([row("b", { text: "two" })], ["a", "b"]);
  expect(log().scrollTop).toBe(300);
  const latest = el.querySelector<HTMLButtonElement>(".rtw-transcript-latest");
  expect(latest?.hidden).toBe(false);
  latest?.click();
  expect([latest?.hidden, log().scrollTop]).toEqual([true, 1100]);
  size(1200, 200);
  patch([row("c", { text: "three" })], ["a", "b", "c"]);
  expect(log().scrollTop).toBe(1200);
});

test("a box that becomes narrower is no reader who scrolls", () => {
  size(1000, 200);
  patch([row("a", { text: "one" })], ["a"]);
  size(1500, 200);
  log().scrollTop = 900;
  log().dispatchEvent(new Event("scroll"));
  patch([row("b", { text: "two" })], ["a", "b"]);
  expect(log().scrollTop).toBe(1500);
});

test("a screen reader hears a row once, when it is final", () => {
  patch([row("a", { role: "assistant", text: "He", state: "growing" })], ["a"]);
  patch([row("a", { role: "assistant", text: "Hello", state: "growing" })]);
  expect(spoken()).toBe("");
  patch([row("a", { role: "assistant", text: "Hello", state: "final" })]);
  expect(spoken()).toBe("Assistant: Hello");
  patch([row("a", { role: "assistant", text: "Hello", state: "final", note: "x" })]);
  expect(spoken()).toBe("Assistant: Hello");
});

test("a second view shows the same at once", () => {
  patch([row("a", { text: "hello" })], ["a"]);
  const other = document.createElement("div");
  const view = new AbortController();
  transcript.render({ model: model.asModel, el: other, signal: view.signal });
  expect(other.querySelectorAll(".rtw-transcript-row").length).toBe(1);
  view.abort();
});

test("a view that ended hears nothing more", () => {
  patch([row("a", { text: "hello" })], ["a"]);
  life.abort();
  patch([row("b", { text: "later" })], ["a", "b"]);
  expect(shown().length).toBe(1);
  expect(model.handlerCount).toBe(0);
});
