import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeModel } from "../fake_model";
import type { ApprovalsTraits, Ask, Question } from "../model";
import approvals from "./approvals";

let model: FakeModel<ApprovalsTraits>;
let el: HTMLElement;
let life: AbortController;

const question = (key: string, state: Ask["state"] = "pending", text = "{}"): Question => ({
  name: "delete",
  text,
  ask: { key, state, left_s: 42 },
});
const write = async (...questions: Question[]) => {
  model.write({ questions });
  await Promise.resolve();
};
/** The runtime marks its view, and says that something changed. */
const kernelThere = async (there: boolean) => {
  el.classList.toggle("jupyter-widgets-disconnected", !there);
  model.fire("comm_live_update");
  await new Promise((done) => setTimeout(done));
};
const buttons = () =>
  [...el.querySelectorAll<HTMLButtonElement>("li button")].filter((button) => !button.hidden);

beforeEach(() => {
  life = new AbortController();
  el = document.createElement("div");
  model = new FakeModel<ApprovalsTraits>({
    panel_id: String(Math.random()),
    problem: "",
    questions: [],
    waiting: 0,
    going_on: true,
  });
  approvals.render({ model: model.asModel, el, signal: life.signal });
});

afterEach(() => life.abort());

test("at rest it says so", () => {
  expect(el.textContent).toContain("No call waits for approval.");
});

test("a card shows what would be called, as text, and takes an answer", async () => {
  await write(question("k", "pending", '{"path":"<img src=x onerror=alert(1)>"}'));
  expect(el.querySelector("li img")).toBeNull();
  expect(el.querySelector("pre")?.textContent).toContain('"path": "<img src=x');
  expect(el.querySelector("[role=status]")?.textContent).toBe("delete waits for approval.");
  expect(el.textContent).toContain("refused in 42 s");
  for (const button of buttons()) button.click();
  expect(model.sent.map(({ message }) => [message.key, message.approve])).toEqual([
    ["k", true],
    ["k", false],
  ]);
});

test("what was decided stays for a while, in one line, without buttons", async () => {
  await write(question("k", "denied", '{"path":"a"}'), question("l"));
  const card = el.querySelector("li");
  expect(card?.textContent).toContain('delete(path="a")');
  expect(card?.textContent).toContain("Denied.");
  expect(buttons().length).toBe(2);
  await write(question("l", "approved"));
  expect(buttons().length).toBe(0);
  expect(el.querySelectorAll("li").length).toBe(1);
});

test("without a kernel, or after the end, there are no buttons", async () => {
  await write(question("k"));
  await kernelThere(false);
  expect(buttons().length).toBe(0);
  await kernelThere(true);
  expect(buttons().length).toBe(2);
  model.write({ going_on: false });
  await Promise.resolve();
  expect(buttons().length).toBe(0);
});
