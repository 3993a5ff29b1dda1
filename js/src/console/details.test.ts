import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeModel } from "../fake_model";
import type { ConsoleTraits } from "../model";
import { drawDetails } from "./details";

let model: FakeModel<ConsoleTraits>;
let body: HTMLElement;
let filled: string[];
let life: AbortController;

function draw(): void {
  body?.remove();
  body = document.createElement("div");
  const details = drawDetails(model.asModel, body, life.signal, (word) => filled.push(word));
  if (details !== null) body.append(details);
  document.body.append(body);
}

const tab = (name: string) =>
  [...body.querySelectorAll<HTMLElement>("[role=tab]")].find(
    (one) => one.textContent === name,
  ) as HTMLElement;
const pane = (name: string) =>
  document.getElementById(tab(name).getAttribute("aria-controls") ?? "") as HTMLElement;
const open = () => body.querySelector("[aria-selected=true]")?.textContent;
const button = (name: string) =>
  body.querySelector<HTMLButtonElement>(`button[aria-label="${name}"]`) as HTMLButtonElement;
const press = (element: HTMLElement, key: string) =>
  element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const told = () => model.sent.map(({ message }) => message.tab);

beforeEach(() => {
  localStorage.clear();
  life = new AbortController();
  filled = [];
  model = new FakeModel<ConsoleTraits>({
    name: "",
    usage: "2 responses",
    tabs: ["timeline", "event_log", "usage_table", "session_panel"],
  } as unknown as ConsoleTraits);
  draw();
});

afterEach(() => {
  life.abort();
  body.remove();
});

test("the first tab is open; another gets its panel when it is opened, once", () => {
  expect(filled).toEqual(["timeline"]);
  tab("Usage").click();
  tab("Timeline").click();
  tab("Usage").click();
  expect(filled).toEqual(["timeline", "usage_table"]);
  expect([pane("Usage").hidden, pane("Timeline").hidden]).toEqual([false, true]);
});

test("arrows, Home and End go between the tabs, round and round, and open them", () => {
  tab("Timeline").focus();
  press(tab("Timeline"), "ArrowRight");
  expect([open(), document.activeElement]).toEqual(["Events", tab("Events")]);
  press(tab("Events"), "End");
  expect(open()).toBe("Settings");
  press(tab("Settings"), "ArrowRight");
  expect(open()).toBe("Timeline");
  press(tab("Timeline"), "ArrowLeft");
  expect(open()).toBe("Settings");
  press(tab("Settings"), "Home");
  expect(open()).toBe("Timeline");
});

test("the Tab key stops at one of them, which names its pane", () => {
  tab("Events").click();
  const stops = [...body.querySelectorAll<HTMLElement>("[role=tab]")].map((one) => one.tabIndex);
  expect(stops).toEqual([-1, 0, -1, -1]);
  expect(pane("Events").getAttribute("aria-labelledby")).toBe(tab("Events").id);
  expect(pane("Events").getAttribute("role")).toBe("tabpanel");
});

test("panels fold away, and a tab brings them back", () => {
  button("Fold the panels").click();
  expect(pane("Timeline").hidden).toBe(true);
  expect(button("Unfold the panels").getAttribute("aria-expanded")).toBe("false");
  tab("Events").click();
  expect(pane("Events").hidden).toBe(false);
  expect(button("Fold the panels")).not.toBeNull();
});

test("they stand beside the talk when asked to, and not while they are folded", () => {
  const split = button("Show the panels beside the talk");
  split.click();
  expect(body.hasAttribute("data-split")).toBe(true);
  expect(split.getAttribute("aria-pressed")).toBe("true");
  button("Fold the panels").click();
  expect(body.hasAttribute("data-split")).toBe(false);
});

test("the arrangement is there again in the same notebook, for the same console", () => {
  tab("Usage").click();
  button("Show the panels beside the talk").click();
  draw();
  expect([open(), body.hasAttribute("data-split")]).toEqual(["Usage", true]);
  model.write({ name: "other" });
  draw();
  expect([open(), body.hasAttribute("data-split")]).toEqual(["Timeline", false]);
});

test("a tab that this console does not have, and storage that is no arrangement, count nothing", () => {
  tab("Settings").click();
  model.write({ tabs: ["event_log", "timeline"] });
  draw();
  expect(open()).toBe("Events");
  for (const bad of ["{", "null", "[1]", '{"tab": 3, "split": "yes"}']) {
    localStorage.setItem(`rtwidgets.console ${location.pathname} `, bad);
    draw();
    expect([open(), body.hasAttribute("data-split")]).toEqual(["Events", false]);
  }
});

test("the kernel hears what is in sight, and when the view has ended", () => {
  tab("Events").click();
  button("Fold the panels").click();
  expect(told()).toEqual(["timeline", "event_log", ""]);
  life.abort();
  expect(model.kinds.at(-1)).toBe("leave");
});
