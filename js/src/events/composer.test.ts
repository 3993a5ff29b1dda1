import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeModel } from "../fake_model";
import type { EventLogTraits } from "../model";
import { PAGE } from "../panel";
import eventLog from "../widgets/event_log";

let model: FakeModel<EventLogTraits>;
let el: HTMLElement;
let life: AbortController;

beforeEach(() => {
  vi.useFakeTimers();
  life = new AbortController();
  el = document.createElement("div");
  document.body.append(el);
  model = new FakeModel<EventLogTraits>({
    panel_id: String(Math.random()),
    problem: "",
    events: 0,
    lost: 0,
    types: [],
    tail: [],
    dialect: "ga",
    templates: { "response.create": '{"type": "response.create"}', "session.update": "{}" },
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

const find = <E extends HTMLElement>(selector: string) => el.querySelector(selector) as E;
const last = () => {
  const sent = model.sent.filter(({ message }) => message.kind === "send");
  return sent.at(-1)?.message as Record<string, unknown>;
};

test("an event by hand: a template, a check, an answer", async () => {
  const type = find<HTMLInputElement>("input[list]");
  const text = find<HTMLTextAreaElement>("textarea");
  const said = find(".rtw-event_log-said");
  expect(el.querySelectorAll("datalist option")).toHaveLength(2);
  type.value = "response.create";
  type.dispatchEvent(new Event("input"));
  expect(text.value).toBe('{"type": "response.create"}');
  vi.advanceTimersByTime(500);
  expect(last()).toMatchObject({ only_check: true, text: text.value });
  const reply = (fields: object) => {
    const { ask, view } = last();
    model.receive({ kind: "answer", page: PAGE, view, ask, problem: "", sent: false, ...fields });
  };
  reply({ problem: "Unknown parameter: 'x'." });
  expect(said.textContent).toBe("Unknown parameter: 'x'.");
  expect(text.getAttribute("aria-invalid")).toBe("true");
  text.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true }));
  expect(last()).toMatchObject({ only_check: false });
  reply({ sent: true });
  expect(said.textContent).toBe("Sent.");
});

test("another type brings its template, and what was written comes back by Undo", () => {
  const type = find<HTMLInputElement>("input[list]");
  const text = find<HTMLTextAreaElement>("textarea");
  const undo = [...el.querySelectorAll("button")].find((b) => b.textContent === "Undo");
  const choose = (name: string) => {
    type.value = name;
    type.dispatchEvent(new Event("input"));
  };
  const write = (words: string) => {
    text.value = words;
    text.dispatchEvent(new Event("input"));
  };
  choose("response.create");
  choose("session.update"); // nobody wrote anything: nothing to bring back
  expect(text.value).toBe("{}");
  expect(undo?.hidden).toBe(true);
  write("mine");
  choose("session.updat");
  choose("session.update"); // it is the type of what is there
  expect(text.value).toBe("mine");
  choose("response.create");
  expect(text.value).toBe('{"type": "response.create"}');
  expect(find(".rtw-event_log-said").textContent).toContain("in the place of your text");
  expect(undo?.hidden).toBe(false);
  write("also mine");
  undo?.click();
  expect([type.value, text.value]).toEqual(["session.update", "mine"]);
  expect(undo?.hidden).toBe(false);
  undo?.click();
  expect([type.value, text.value]).toEqual(["response.create", "also mine"]);
  write("");
  undo?.click();
  expect(text.value).toBe("mine");
  expect(undo?.hidden).toBe(true);
});

test("nothing is sent in a session that is over", async () => {
  model.write({ closed: true });
  await Promise.resolve();
  const submit = find<HTMLButtonElement>("button[type=submit]");
  expect(submit.disabled).toBe(true);
  expect(el.textContent).toContain("The session is over.");
});
