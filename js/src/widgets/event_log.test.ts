import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeModel } from "../fake_model";
import type { EventLogTraits, EventRow } from "../model";
import { PAGE } from "../panel";
import eventLog from "./event_log";

const row = (number: number, fields: Partial<EventRow> = {}): EventRow => ({
  number,
  until: number,
  count: 1,
  sent: false,
  at_ms: number * 10,
  gap_ms: 10,
  size: 120,
  type: "response.done",
  text: "completed",
  ...fields,
});

let model: FakeModel<EventLogTraits>;
let el: HTMLElement;
let life: AbortController;

/** happy-dom lays nothing out: the sizes that somebody watches change when a test says so. */
let observers: Set<() => void>;

beforeEach(() => {
  vi.useFakeTimers();
  observers = new Set();
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(readonly changed: () => void) {}
      observe() {
        observers.add(this.changed);
      }
      unobserve() {}
      disconnect() {
        observers.delete(this.changed);
      }
    },
  );
  life = new AbortController();
  el = document.createElement("div");
  document.body.append(el);
  model = new FakeModel<EventLogTraits>({
    panel_id: String(Math.random()),
    problem: "",
    events: 0,
    lost: 0,
    types: ["error", "response.done"],
    tail: [],
    dialect: "ga",
    templates: {},
    closed: false,
    height: "320px",
  });
  eventLog.render({ model: model.asModel, el, signal: life.signal });
});

afterEach(() => {
  life.abort();
  el.remove();
  vi.useRealTimers();
});

const asked = (kind = "range") =>
  model.sent.map(({ message }) => message).filter((message) => message.kind === kind);
const last = (kind = "range") => asked(kind).at(-1) as Record<string, unknown>;
const find = <E extends HTMLElement>(selector: string) => el.querySelector(selector) as E;

async function events(count: number): Promise<void> {
  model.write({ events: count });
  await Promise.resolve();
}

/** The kernel answers the last question with rows that it makes up. */
function answer(total: number, fields: object = {}, make = row): void {
  const { ask, view, follow, count } = last();
  const first = follow ? Math.max(0, total - Number(count)) : Number(last().first);
  const rows = [];
  for (let i = first; i < Math.min(total, first + Number(count)); i++) rows.push(make(i));
  const facts = { total, seen: total, events: total, rows, first, ...fields };
  model.receive({ kind: "rows", page: PAGE, view, ask, ...facts });
}

const lines = () => [...el.querySelectorAll<HTMLElement>("[data-index]")];
const cells = (line: Element) => [...line.children].map((cell) => cell.textContent);

test("it asks for the end, and shows what it is told", async () => {
  await events(500);
  expect(last()).toMatchObject({ kind: "range", page: PAGE, follow: true });
  expect(last().filter).toEqual({ hidden: [], direction: "", text: "", fold: true });
  answer(500);
  const end = lines().at(-1) as HTMLElement;
  expect(cells(end)).toEqual(["↓", "0:04.990", "+10 ms", "120 B", "response.done", "completed"]);
  expect(end.getAttribute("aria-rowindex")).toBe("501");
  expect(find("[role=grid]").getAttribute("aria-rowcount")).toBe("501");
  expect(lines().length).toBeLessThan(40);
});

test("deltas in a row say how many they are; errors stand out", async () => {
  await events(40);
  answer(1, {}, () => row(0, { count: 37, until: 39, type: "response.output_audio.delta" }));
  expect(cells(lines()[0] as Element)[4]).toBe("response.output_audio.delta × 37");
  await events(41);
  answer(1, {}, () => row(0, { type: "error", text: "no" }));
  expect(lines()[0]?.dataset.bad).toBe("true");
});

test("one question at a time, the newest next", async () => {
  await events(1);
  const before = asked().length;
  for (let i = 2; i < 30; i++) await events(i);
  vi.advanceTimersByTime(500);
  expect(asked()).toHaveLength(before);
  answer(29);
  expect(asked()).toHaveLength(before + 1);
});

test("while it follows it is told the end, and asks when it is told no more", async () => {
  await events(1);
  answer(1);
  const before = asked().length;
  for (let i = 2; i < 6; i++) {
    await events(i);
    answer(i);
    vi.advanceTimersByTime(100);
  }
  expect(lines()).toHaveLength(5);
  expect(asked()).toHaveLength(before);
  await events(7);
  vi.advanceTimersByTime(500);
  expect(asked()).toHaveLength(before + 1);
  answer(7);
  for (let i = 8; i < 14; i++) {
    await events(i);
    answer(i);
  }
  expect(asked()).toHaveLength(before + 2);
});

test("an answer for another view, page or question is none of ours", async () => {
  await events(5);
  const { ask, view } = last();
  const rows = [row(0)];
  const facts = { kind: "rows", first: 0, total: 5, seen: 5, events: 5, rows };
  model.receive({ ...facts, ask, view: "other", page: PAGE });
  model.receive({ ...facts, ask, view, page: "other" });
  model.receive({ ...facts, ask: -1, view, page: PAGE });
  expect(lines()).toHaveLength(0);
});

test("a search asks once the typing stops, and says how far it is", async () => {
  await events(1000);
  answer(1000);
  const search = find<HTMLInputElement>("input[type=search]");
  search.value = "needle";
  search.dispatchEvent(new Event("input"));
  expect(last().filter).toMatchObject({ text: "" });
  vi.advanceTimersByTime(300);
  expect(last().filter).toMatchObject({ text: "needle" });
  answer(0, { seen: 250, events: 1000 });
  expect(el.textContent).toContain("looked at 25 %");
  expect(find("[role=grid]").getAttribute("aria-busy")).toBe("true");
  answer(2, { seen: 1000, events: 1000 });
  expect(el.textContent).toContain("1,000 events in 2 rows");
  expect(lines()).toHaveLength(2);
});

test("types are chosen, one by one or all", async () => {
  await events(3);
  answer(3);
  const [error] = [...el.querySelectorAll<HTMLInputElement>(".rtw-event_log-box input")];
  error?.click();
  expect(last().filter).toMatchObject({ hidden: ["error"] });
  expect(find("summary").textContent).toBe("1 of 2 types");
  const [all, none] = [...el.querySelectorAll<HTMLButtonElement>(".rtw-event_log-menu button")];
  none?.click();
  expect(last().filter).toMatchObject({ hidden: ["error", "response.done"] });
  all?.click();
  expect(last().filter).toMatchObject({ hidden: [] });
  model.write({ types: ["aaa", "error", "response.done"] });
  await Promise.resolve();
  const names = [...el.querySelectorAll(".rtw-event_log-box")].map((box) => box.textContent);
  expect(names).toEqual(["aaa", "error", "response.done"]);
});

test("in a pause nothing moves, and the count goes on", async () => {
  await events(10);
  answer(10);
  const pause = [...el.querySelectorAll("button")].find((b) => b.textContent === "Pause");
  pause?.click();
  answer(10);
  const before = asked().length;
  expect(last()).toMatchObject({ follow: false });
  await events(25);
  vi.advanceTimersByTime(5000);
  expect(asked()).toHaveLength(before);
  expect(el.textContent).toContain("25 events");
  expect(el.textContent).toContain("paused, 15 more since");
  pause?.click();
  expect(asked()).toHaveLength(before + 1);
});

test("a filter that is chosen in a pause applies to what is shown", async () => {
  await events(10);
  answer(10);
  const pause = [...el.querySelectorAll("button")].find((b) => b.textContent === "Pause");
  pause?.click();
  expect(last()).toMatchObject({ until: 10 });
  answer(10);
  await events(25);
  const [error] = [...el.querySelectorAll<HTMLInputElement>(".rtw-event_log-box input")];
  error?.click();
  expect(last()).toMatchObject({ until: 10, filter: { hidden: ["error"] } });
  answer(7, { seen: 10, events: 10 });
  expect(lines()).toHaveLength(7);
  expect(find(".rtw-event_log-empty").hidden).toBe(true);
  expect(find(".rtw-event_log-status").textContent).toBe(
    "25 events in 7 rows · paused, 15 more since",
  );
  pause?.click();
  expect(last()).toMatchObject({ until: null, follow: true });
});

/** The panel's list becomes so wide, as far as its own observers know. */
async function widen(width: number): Promise<void> {
  Object.defineProperty(find("[role=grid]"), "clientWidth", { value: width, configurable: true });
  for (const observe of observers) observe();
}

test("in a narrow cell a row has two lines, and the list knows how high they are", async () => {
  await events(100);
  answer(100);
  const rows = find("[role=rowgroup]");
  expect(rows.style.height).toBe("2200px");
  await widen(480);
  expect(find(".rtw-event_log").dataset.lines).toBe("2");
  expect(rows.style.height).toBe("4000px");
  await widen(0); // in a tab that is not open
  expect(rows.style.height).toBe("4000px");
  await widen(900);
  expect(find(".rtw-event_log").dataset.lines).toBe("1");
  expect(rows.style.height).toBe("2200px");
});

test("a type can be read whole, and how often it came is beside what may be cut", async () => {
  await events(40);
  const type = "conversation.item.input_audio_transcription.delta";
  answer(1, {}, () => row(0, { count: 37, until: 39, type }));
  const cell = lines()[0]?.children[4] as HTMLElement;
  expect(cell.title).toBe(`${type} × 37`);
  expect([...cell.children].map((part) => part.textContent)).toEqual([type, " × 37"]);
});

test("by keyboard: arrows choose a row, Enter opens it, Escape closes it", async () => {
  await events(30);
  answer(30);
  const grid = find("[role=grid]");
  const press = (key: string) => grid.dispatchEvent(new KeyboardEvent("keydown", { key }));
  press("ArrowUp");
  expect(grid.getAttribute("aria-activedescendant")).toBe(find("[aria-selected=true]").id);
  expect(find("[aria-selected=true]").dataset.index).toBe("29");
  press("ArrowUp");
  press("Enter");
  expect(last("detail")).toMatchObject({ number: 28, until: 28 });
  const pane = find(".rtw-event_log-detail");
  expect(pane.hidden).toBe(false);
  press("ArrowUp");
  expect(last("detail")).toMatchObject({ number: 27 });
  press("Escape");
  expect(pane.hidden).toBe(true);
});

test("an opened event is explained; its sound is a picture and no base64", async () => {
  await events(1);
  answer(1);
  lines()[0]?.click();
  const { view } = last("detail");
  const peaks = new Int8Array([-5, 5, -9, 9]);
  const cut = { path: ["delta"], what: "sound", bytes: 4800, ms: 100, buffer: 0 };
  model.receive(
    {
      kind: "detail",
      page: PAGE,
      view,
      number: 0,
      until: 0,
      gone: false,
      count: 1,
      type: "x",
      explanation: "The next piece of the answer's sound.",
      json: JSON.stringify({ type: "x", delta: "", said: "<b>bold</b>" }),
      cuts: [cut],
      joined: "",
      joined_ms: 0,
    },
    [new DataView(peaks.buffer)],
  );
  const pane = find(".rtw-event_log-detail");
  expect(pane.textContent).toContain("The next piece of the answer's sound.");
  expect(pane.textContent).toContain("sound, 100 ms, 4.8 kB");
  expect(pane.querySelector("canvas")?.getAttribute("aria-label")).toContain("100 ms");
  expect(pane.textContent).toContain("<b>bold</b>");
  expect(pane.querySelector("b")).toBeNull();
});

test("what is copied comes in pieces and is the event itself", async () => {
  const written: string[] = [];
  vi.stubGlobal("navigator", {
    clipboard: { writeText: async (text: string) => void written.push(text) },
  });
  await events(1);
  answer(1);
  lines()[0]?.click();
  const copy = [...el.querySelectorAll("button")].find((b) => b.textContent === "Copy");
  copy?.click();
  const { view } = last("copy");
  const bytes = new TextEncoder().encode('{"a":"ü"}');
  const piece = (part: number, data: Uint8Array) =>
    model.receive({ kind: "raw", page: PAGE, view, number: 0, part, parts: 2, complete: true }, [
      new DataView(data.buffer, data.byteOffset, data.byteLength),
    ]);
  piece(0, bytes.slice(0, 7)); // in the middle of a letter
  piece(1, bytes.slice(7));
  await vi.waitFor(() => expect(el.textContent).toContain("Copied"));
  expect(written).toEqual(['{"a":"ü"}']);
  vi.unstubAllGlobals();
});

test("without a kernel the last rows are shown as they were saved", async () => {
  model.write({ tail: [row(7, { text: "saved" })], events: 8 });
  await Promise.resolve();
  vi.advanceTimersByTime(4000);
  expect(lines()).toHaveLength(1);
  expect(el.textContent).toContain("saved");
  expect(el.textContent).toContain("the kernel does not answer");
});

test("when the view ends, nothing of it goes on", async () => {
  await events(5);
  life.abort();
  const before = model.sent.length;
  await events(9);
  vi.advanceTimersByTime(10_000);
  expect(model.sent).toHaveLength(before);
});
