import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeModel } from "../fake_model";
import type { SessionPanelTraits } from "../model";
import { PAGE } from "../panel";
import { settingField } from "../session/fake_field";
import sessionPanel from "./session_panel";

const FIELDS = [
  settingField("instructions", { kind: "area" }),
  settingField("voice", { choices: ["alloy", "ash"], value: "alloy" }),
  settingField("max_output_tokens", {
    kind: "number",
    nothing: "no limit",
    value: "no limit",
    least: 1,
    most: 4096,
    whole: true,
  }),
  settingField("turn_detection", {
    group: "Turns",
    kind: "choice",
    choices: ["off", "server_vad", "semantic_vad"],
    value: "server_vad",
  }),
  settingField("threshold", {
    group: "Turns",
    kind: "number",
    value: 0.5,
    least: 0,
    most: 1,
    when: ["server_vad"],
  }),
  settingField("create_response", {
    group: "Turns",
    kind: "switch",
    value: true,
    when: ["server_vad", "semantic_vad"],
  }),
];

let model: FakeModel<SessionPanelTraits>;
let el: HTMLElement;
let life: AbortController;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  life = new AbortController();
  el = document.createElement("div");
  document.body.append(el);
  model = new FakeModel<SessionPanelTraits>({
    panel_id: String(Math.random()),
    problem: "",
    title: "test server",
    facts: "m · GA dialect",
    activity: "idle",
    expires_at: 1000 + 600,
    fields: FIELDS,
    tools: [{ name: "weather", description: "<b>of</b> a city" }],
    refused: {},
    applying: false,
    applied: 0,
    closed: false,
  });
  sessionPanel.render({ model: model.asModel, el, signal: life.signal });
});

afterEach(() => {
  life.abort();
  el.remove();
  vi.useRealTimers();
});

async function write(changes: Partial<SessionPanelTraits>): Promise<void> {
  model.write(changes);
  await Promise.resolve();
}

const line = (name: string) => el.querySelector(`[data-name="${name}"]`) as HTMLElement;
const control = (name: string) =>
  line(name).querySelector("input, select, textarea") as HTMLInputElement;
const note = (name: string) =>
  line(name).querySelector(".rtw-session_panel-note")?.textContent ?? "";
const said = () => el.querySelector(".rtw-session_panel-said")?.textContent;
const button = (text: string) =>
  [...el.querySelectorAll("button")].find((one) => one.textContent === text) as HTMLButtonElement;
function type(name: string, value: string): void {
  control(name).value = value;
  control(name).dispatchEvent(new Event(control(name).tagName === "SELECT" ? "change" : "input"));
}
const submit = () =>
  el.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }));

test("every line has a label, its limits and what is in force", () => {
  expect(control("voice").value).toBe("alloy");
  expect(control("threshold")).toMatchObject({ type: "number", min: "0", max: "1", value: "0.5" });
  expect(control("create_response").checked).toBe(true);
  expect(control("max_output_tokens").disabled).toBe(true);
  for (const label of el.querySelectorAll<HTMLLabelElement>("label[for]")) {
    expect(el.querySelector(`[id="${label.htmlFor}"]`)).not.toBeNull();
  }
  expect(button("Apply").disabled).toBe(true);
});

test("only what was changed is applied, in one message", () => {
  type("voice", "ash");
  type("threshold", "0.7");
  type("instructions", "x");
  type("instructions", "");
  expect(line("voice").dataset.changed).toBe("true");
  expect(note("voice")).toBe("changed, was alloy");
  expect(el.textContent).toContain("2 changes, not applied");
  submit();
  expect(model.sent.map(({ message }) => message)).toEqual([
    { kind: "apply", page: PAGE, changes: { voice: "ash", threshold: 0.7 } },
  ]);
  submit();
  expect(model.sent).toHaveLength(1);
});

test("what is applied and granted is no change any more", async () => {
  type("voice", "ash");
  submit();
  await write({ applying: true });
  expect(el.textContent).toContain("waiting for the server");
  const fields = FIELDS.map((one) =>
    one.name === "voice" ? { ...one, value: "verse", state: "differs" as const } : one,
  );
  await write({ fields: fields.map((one) => ({ ...one, asked: "ash", granted: "verse" })) });
  await write({ applying: false, applied: 1 });
  expect(control("voice").value).toBe("verse");
  expect(note("voice")).toBe("asked ash, granted verse");
  expect(line("voice").dataset.state).toBe("differs");
  expect(button("Apply").disabled).toBe(true);
});

test("a refusal stands at its field and the edit stays", async () => {
  type("voice", "nobody");
  submit();
  await write({ applying: true });
  await write({ applying: false, applied: 1, refused: { voice: "no such voice" } });
  expect(note("voice")).toBe("no such voice");
  expect(control("voice").getAttribute("aria-invalid")).toBe("true");
  expect(control("voice").value).toBe("nobody");
  expect(button("Apply").disabled).toBe(false);
  expect(el.textContent).toContain("Not applied: see voice.");
  submit();
  await write({ applying: true });
  await write({ applying: false, applied: 2, refused: { "": "the session is over" } });
  expect(said()).toBe("the session is over");
});

async function refuse(refused: Record<string, string>): Promise<void> {
  submit();
  await write({ applying: true });
  await write({ applying: false, applied: model.get("applied") + 1, refused });
}

test("a refusal goes with the value that it means", async () => {
  type("threshold", "9");
  await refuse({ threshold: "Threshold must be a number from 0 to 1" });
  type("voice", "ash");
  expect(note("threshold")).toContain("must be a number");
  expect(said()).toBe("2 changes, not applied: see threshold.");
  type("threshold", "0.7");
  expect(note("threshold")).toBe("changed, was 0.5");
  expect(control("threshold").getAttribute("aria-invalid")).toBe("false");
  expect(said()).toBe("2 changes, not applied");

  await refuse({ voice: "no such voice" });
  button("Revert").click();
  expect(note("voice")).toBe("");
  expect(said()).toBe("");
  type("threshold", "0.8");
  await refuse({ "": "OSError: no network" });
  type("threshold", "0.9");
  expect(said()).toBe("1 change, not applied");
});

test("what another view was refused is none of this one's", async () => {
  await write({ applied: 1, refused: { voice: "no such voice" } });
  expect(note("voice")).toBe("");
  expect(said()).toBe("");
});

test("Revert shows what is in force", () => {
  type("voice", "ash");
  button("Revert").click();
  expect(control("voice").value).toBe("alloy");
  expect(button("Revert").disabled).toBe(true);
});

test("a number that can be without limit", () => {
  const none = line("max_output_tokens").querySelector("[type=checkbox]") as HTMLInputElement;
  expect(none.checked).toBe(true);
  none.click();
  expect(control("max_output_tokens").disabled).toBe(false);
  type("max_output_tokens", "100");
  submit();
  expect(model.sent[0]?.message.changes).toEqual({ max_output_tokens: 100 });
});

test("members of the turn detection come and go with its kind", () => {
  type("threshold", "0.9");
  type("turn_detection", "semantic_vad");
  expect(line("threshold").hidden).toBe(true);
  expect(line("create_response").hidden).toBe(false);
  submit();
  expect(model.sent[0]?.message.changes).toEqual({ turn_detection: "semantic_vad" });
});

test("a change from elsewhere shows, and leaves what is edited alone", async () => {
  type("voice", "ash");
  const before = control("voice");
  const fields = FIELDS.map((one) =>
    one.name === "threshold" ? { ...one, value: 0.8, state: "granted" as const } : one,
  );
  await write({ fields });
  expect(control("threshold").value).toBe("0.8");
  expect(note("threshold")).toBe("as asked");
  expect(control("voice").value).toBe("ash");
  expect(control("voice")).toBe(before);
});

test("the state is a picture that says it", async () => {
  const active = () =>
    [...el.querySelectorAll<SVGElement>("[data-active=true]")].map((one) => one.dataset.state);
  expect(active()).toEqual(["idle"]);
  await write({ activity: "speaking" });
  expect(active()).toEqual(["speaking"]);
  expect(el.querySelector("svg title")?.textContent).toBe("The session is speaking");
});

test("tools are read, and markup in them is text", () => {
  expect(el.querySelector(".rtw-session_panel-tools")?.textContent).toContain("1 tool");
  expect(el.querySelector("li")?.textContent).toBe("weather <b>of</b> a city");
});

test("the end comes nearer", async () => {
  const end = el.querySelector(".rtw-session_panel-end") as HTMLElement;
  expect(end.textContent).toBe("ends in 10 min");
  vi.advanceTimersByTime(301_000);
  expect(end.textContent).toBe("ends in 4 min 59 s");
  expect(end.dataset.soon).toBe("true");
  await write({ closed: true });
  expect(end.textContent).toBe("ended");
  expect(control("voice").disabled).toBe(true);
});
