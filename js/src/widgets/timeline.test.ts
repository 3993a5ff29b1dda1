import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeModel } from "../fake_model";
import type { TimelineToPage, TimelineTraits } from "../model";
import { PAGE } from "../panel";
import { toBase64 } from "../transport";
import timeline, { says } from "./timeline";

let model: FakeModel<TimelineTraits>;
let el: HTMLElement;
let life: AbortController;

const bytes = (...values: number[]) => new DataView(new Int8Array(values).buffer);
const canvas = () => el.querySelector("canvas") as HTMLCanvasElement;
const line = () => el.querySelector(".rtw-timeline-says")?.textContent;
const range = () => el.querySelector(".rtw-timeline-range")?.textContent;
const button = (text: string) =>
  [...el.querySelectorAll("button")].find((one) => one.textContent === text) as HTMLButtonElement;
const questions = () =>
  model.sent.map(({ message }) => message).filter((message) => message.kind === "range");
const last = () => questions().at(-1) as { seq: number; from_ms: number; to_ms: number };

function open(changes: Partial<TimelineTraits> = {}): void {
  model = new FakeModel<TimelineTraits>({
    panel_id: String(Math.random()),
    problem: "",
    end_ms: 0,
    live: true,
    overview: {},
    overview_user: "",
    overview_heard: "",
    overview_rest: "",
    ...changes,
  });
  timeline.render({ model: model.asModel, el, signal: life.signal });
}

/** The kernel answers the last question. */
function answer(spans: Partial<TimelineToPage> = {}): void {
  const { seq, from_ms, to_ms } = last();
  const empty = {
    speeches: [],
    responses: [],
    tools: [],
    waits: [],
    ticks: [],
    cuts: [],
    breaks: [],
  };
  const stretch = { kind: "window", page: PAGE, seq, end_ms: 0, from_ms, to_ms, ...empty };
  model.receive({ ...stretch, ...spans }, [bytes(0, 0), bytes(-9, 9), bytes(0, 0)]);
  vi.advanceTimersByTime(200);
}

function key(name: string): void {
  canvas().dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
  vi.advanceTimersByTime(200);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(300);
  life = new AbortController();
  el = document.createElement("div");
  document.body.append(el);
});

afterEach(() => {
  life.abort();
  el.remove();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function write(changes: Partial<TimelineTraits>): Promise<void> {
  model.write(changes);
  await Promise.resolve();
  await Promise.resolve();
  vi.advanceTimersByTime(200);
}

test("it asks for what it shows, one question at a time", async () => {
  open({ end_ms: 5000 });
  vi.advanceTimersByTime(200);
  const first = questions().length;
  expect(last()).toMatchObject({ from_ms: 0 });
  expect(last().to_ms).toBeGreaterThanOrEqual(10_000);
  await write({ end_ms: 30_000 });
  await write({ end_ms: 31_000 });
  expect(questions()).toHaveLength(first); // nobody has answered
  answer();
  expect(questions()).toHaveLength(first + 1);
  expect(last().to_ms).toBeGreaterThan(31_000);
});

test("it follows the live end until somebody moves it", async () => {
  open({ end_ms: 60_000 });
  expect(button("Live").getAttribute("aria-pressed")).toBe("true");
  expect(range()).toBe("0:40 – 1:00");
  key("ArrowLeft");
  expect(button("Live").getAttribute("aria-pressed")).toBe("false");
  const seen = range();
  await write({ end_ms: 61_000 });
  expect(range()).toBe(seen);
  key("End");
  expect(button("Live").getAttribute("aria-pressed")).toBe("true");
  expect(range()).toBe("0:41 – 1:01");
});

test("All shows the whole session, the buttons zoom", () => {
  open({ end_ms: 60_000, live: false });
  expect(range()).toBe("0:00 – 1:00");
  button("+").click();
  expect(range()).not.toBe("0:00 – 1:00");
  button("All").click();
  expect(range()).toBe("0:00 – 1:00");
  expect(button("Live").disabled).toBe(true);
});

test("by keyboard one steps through what happened and hears it", () => {
  open({ end_ms: 5000 });
  vi.advanceTimersByTime(200);
  answer({
    responses: [[2000, 3000, "Response 1: <b>completed</b>", 0]],
    ticks: [[1250, "session.update", true, false]],
  });
  key(".");
  expect(line()).toBe("1.250 s  Sent: session.update");
  key(".");
  expect(line()).toBe("2.000 s  Response 1: <b>completed</b>  (1.00 s)");
  key(",");
  expect(line()).toBe("1.250 s  Sent: session.update");
  key("Escape");
  expect(line()).toBe("");
});

test("without a kernel it shows the overview", () => {
  open({
    end_ms: 4000,
    live: false,
    overview: {
      ...{
        from_ms: 0,
        to_ms: 4000,
        speeches: [],
        tools: [],
        waits: [],
        ticks: [],
        cuts: [],
        breaks: [],
      },
      responses: [[2000, 3000, "Response 1: completed", 0]],
    },
    overview_user: toBase64(bytes(0, 0).buffer),
    overview_heard: toBase64(bytes(-9, 9).buffer),
    overview_rest: toBase64(bytes(0, 0).buffer),
  });
  vi.advanceTimersByTime(200);
  key(".");
  expect(line()).toBe("2.000 s  Response 1: completed  (1.00 s)");
});

test("the wheel is the page's own unless the timeline is in use", () => {
  open({ end_ms: 60_000, live: false });
  const wheel = (init: WheelEventInit) => {
    const event = new WheelEvent("wheel", { cancelable: true, bubbles: true, ...init });
    canvas().dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect(wheel({ deltaY: 100 })).toBe(false);
  expect(wheel({ deltaX: 100 })).toBe(true);
  canvas().focus();
  expect(wheel({ deltaY: -400 })).toBe(true);
  expect(range()).not.toBe("0:00 – 1:00");
});

test("an answer to another view is not ours", () => {
  open({ end_ms: 5000 });
  vi.advanceTimersByTime(200);
  const { seq } = last();
  answer({ seq: seq + 1000, responses: [[2000, 3000, "other", 0]] });
  key(".");
  expect(line()).toBe("");
});

test("times are said to the millisecond", () => {
  expect(says({ text: "x", from: 1234.4, to: 1234.4 })).toBe("1.234 s  x");
});

test("its end leaves nothing behind", () => {
  open();
  life.abort();
  vi.advanceTimersByTime(5000); // another view may open at once, and hears what the model has
  expect(model.handlerCount).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
