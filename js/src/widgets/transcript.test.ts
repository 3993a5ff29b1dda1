import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeModel } from "../fake_model";
import type { Row, TranscriptTraits } from "../model";
import { BLANK } from "../transcript/blank_row";
import transcript from "./transcript";

let model: FakeModel<TranscriptTraits>;
let el: HTMLElement;
let life: AbortController;
let seq = 0;

function row(id: string, fields: Partial<Row> = {}): Row {
  return { ...BLANK, id, ...fields };
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
    going_on: true,
    replaying: "",
    zero_ms: 0,
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

test("markup, scripts and other directions are text, wherever they stand", () => {
  const evil = '<img src=x onerror="alert(1)"><script>alert(2)</script> שלום';
  const everywhere = { text: evil, unheard: evil, name: evil, note: evil };
  const ended = { result: evil, failure: evil };
  patch(
    [
      row("a", everywhere),
      row("b", { ...everywhere, ...ended, role: "call" }),
      row("c", { ...everywhere, ...ended, role: "call", text: JSON.stringify({ city: evil }) }),
      row("d", { pictures: ["javascript:alert(3)", 'data:image/png;base64,AA==" onload="x'] }),
    ],
    ["a", "b", "c", "d"],
  );
  expect(el.querySelector(".rtw-transcript-log :is(img, script, b, i)")).toBeNull();
  expect(el.querySelector(".rtw-transcript-text")?.textContent).toBe(evil);
  expect(el.querySelector(".rtw-transcript-unheard")?.textContent).toContain(evil);
  expect(el.querySelector(".rtw-transcript-failure")?.textContent).toBe(evil);
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
  vi.useFakeTimers();
  life.abort();
  patch([row("b", { text: "later" })], ["a", "b"]);
  expect(shown().length).toBe(1);
  vi.advanceTimersByTime(2000); // what it was started for ends soon after it
  expect(model.handlerCount).toBe(0);
  vi.useRealTimers();
});

const find = (selector: string) => el.querySelector<HTMLElement>(selector) as HTMLElement;
const rowAt = (place: number) => el.querySelectorAll<HTMLElement>(".rtw-transcript-row")[place];
const point = (place: number) =>
  rowAt(place)?.dispatchEvent(new Event("pointerover", { bubbles: true }));
const tools = () =>
  [...el.querySelectorAll<HTMLButtonElement>(".rtw-transcript-tools button")].filter(
    (button) => !button.hidden,
  );
const names = () => tools().map((button) => button.getAttribute("aria-label"));
const last = () => model.sent.at(-1)?.message;

test("words that nobody heard are struck through, and a screen reader is told", () => {
  patch([row("a", { role: "assistant", text: "one two three" })], ["a"]);
  patch([row("a", { role: "assistant", text: "one", unheard: "two three", state: "interrupted" })]);
  const struck = find(".rtw-transcript-unheard");
  expect(struck.tagName).toBe("S");
  expect(struck.textContent).toBe("(not heard:) two three");
  expect(find(".rtw-transcript-text").textContent).toBe("one");
  expect(spoken()).toContain("Assistant: one (not heard: two three)");
});

test("a row has its time, the day in the tooltip, and how long it lasted", async () => {
  model.write({ zero_ms: Date.UTC(2026, 0, 2, 3, 4, 5) });
  await Promise.resolve();
  patch([row("a", { at_ms: 64_000, duration_ms: 2300 }), row("b")], ["a", "b"]);
  const at = find("time") as HTMLTimeElement;
  expect(at.textContent).toBe("1:04");
  expect(at.dateTime).toBe("2026-01-02T03:05:09.000Z");
  expect(find(".rtw-transcript-lasted").textContent).toBe("2.3 s");
  expect(rowAt(1)?.querySelector("time")?.textContent).toBe("");
});

test("a call is one line that unfolds; why it failed is seen without that", () => {
  const call = row("c", { role: "call", name: "weather", text: '{"city":"Bern"}' });
  patch([{ ...call, result: '{"t":12}' }], ["c"]);
  const fold = find("details") as HTMLDetailsElement;
  expect(find(".rtw-transcript-brief").textContent).toBe('weather(city="Bern") → {"t":12}');
  expect(fold.open).toBe(false);
  log().focus();
  log().dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true }));
  rowAt(0)?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  expect(fold.open).toBe(true);
  patch([{ ...call, state: "failed", failure: "ValueError: no such town" }]);
  expect(find(".rtw-transcript-brief").textContent).toBe('weather(city="Bern") failed');
  expect(find("summary .rtw-transcript-failure").textContent).toBe("ValueError: no such town");
});

test("a call that waits for a person shows what it would do, and two buttons", async () => {
  const call = row("c", { role: "call", name: "rm", text: '{"path":"a"}', state: "pending" });
  model.write({ going_on: true });
  patch([{ ...call, ask: { key: "k", state: "pending", left_s: 42 } }], ["c"]);
  expect((find("details") as HTMLDetailsElement).open).toBe(true);
  expect(find(".rtw-ask").textContent).toContain("Without an answer: refused in 42 s.");
  expect(spoken()).toContain("Approve or deny it");
  const [approve, deny] = find(".rtw-ask").querySelectorAll("button");
  deny?.click();
  expect(last()).toMatchObject({ kind: "decide", key: "k", approve: false });
  approve?.click();
  expect(last()).toMatchObject({ kind: "decide", key: "k", approve: true });
  patch([{ ...call, ask: { key: "k", state: "expired", left_s: 0 } }]);
  expect(approve?.hidden).toBe(true);
  expect(find(".rtw-ask").textContent).toContain("Nobody answered in time: refused.");
});

test("the row under the pointer has buttons; delete asks once more", () => {
  patch([row("a", { text: "one" }), row("b", { role: "assistant", sound: true })], ["a", "b"]);
  point(0);
  expect(names()).toEqual(["Copy", "Delete"]);
  point(1);
  expect(names()).toEqual(["Play again", "Copy", "Delete"]);
  tools()[0]?.click();
  expect(last()).toMatchObject({ kind: "replay", item_id: "b" });
  const sent = model.sent.length;
  tools()[2]?.click();
  expect(model.sent.length).toBe(sent);
  expect(names()[2]).toBe("Press again to delete");
  tools()[2]?.click();
  expect(last()).toMatchObject({ kind: "delete", item_id: "b" });
});

test("leaving a delete that was pressed once takes it back", () => {
  patch([row("a"), row("b")], ["a", "b"]);
  point(0);
  tools()[1]?.click();
  point(1);
  tools()[1]?.click();
  expect(model.kinds).not.toContain("delete");
});

/** As a pointer does it: the press, the focus, the click. */
function press(button: HTMLElement | undefined): void {
  button?.dispatchEvent(new Event("pointerdown", { bubbles: true }));
  button?.focus();
  button?.click();
}

test("after a press the buttons go on with the pointer, and stay with the keyboard", () => {
  patch([row("a", { text: "one" }), row("b", { text: "two" })], ["a", "b"]);
  point(0);
  press(tools()[0]);
  point(1);
  expect(rowAt(1)?.contains(tools()[0] ?? null)).toBe(true);
  expect(document.activeElement).toBe(rowAt(0));
  tools()[0]?.focus();
  tools()[0]?.dispatchEvent(new KeyboardEvent("keydown", { key: "Tab", bubbles: true }));
  point(0);
  expect(rowAt(1)?.contains(document.activeElement)).toBe(true);
});

test("what is played again can be stopped", async () => {
  patch([row("b", { role: "assistant", sound: true })], ["b"]);
  point(0);
  model.write({ replaying: "b" });
  await Promise.resolve();
  expect(names()[0]).toBe("Stop");
  expect(rowAt(0)?.hasAttribute("data-replaying")).toBe(true);
});

test("without a kernel, or after the end, nothing is offered that needs one", async () => {
  const ask = { key: "k", state: "pending", left_s: 42 } as const;
  patch([row("a", { role: "call", ask, sound: true }), row("b", { sound: true })], ["a", "b"]);
  model.write({ going_on: false });
  await Promise.resolve();
  point(1);
  expect(names()).toEqual(["Play again", "Copy"]);
  expect([...find(".rtw-ask").querySelectorAll("button")].every((b) => b.hidden)).toBe(true);
  // The runtime marks its view, and says that something changed.
  el.classList.add("jupyter-widgets-disconnected");
  model.fire("comm_live_update");
  await new Promise((done) => setTimeout(done));
  expect(names()).toEqual(["Copy"]);
  expect(find(".rtw-ask").textContent).toContain("Nobody answered.");
});

test("the arrow keys go from row to row, from the newest on", () => {
  patch([row("a"), row("b"), row("c")], ["a", "b", "c"]);
  const press = (key: string) =>
    document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  log().focus();
  press("ArrowUp");
  expect(document.activeElement).toBe(rowAt(2));
  press("ArrowUp");
  press("ArrowUp");
  press("ArrowUp");
  expect(document.activeElement).toBe(rowAt(0));
  expect(names()).toEqual(["Copy", "Delete"]);
  patch([], ["b", "c"]);
  expect(document.activeElement).toBe(log());
});

test("a picture is small until it is pressed", () => {
  patch([row("a", { pictures: ["data:image/png;base64,AA=="] })], ["a"]);
  const button = find(".rtw-transcript-picture");
  expect(button.querySelector("img")?.alt).toBe("Picture 1");
  button.click();
  expect(button.getAttribute("aria-expanded")).toBe("true");
  const image = button.querySelector("img");
  patch([row("a", { text: "seen", pictures: ["data:image/png;base64,AA=="] })]);
  expect(el.querySelector(".rtw-transcript-picture img")).toBe(image);
});
