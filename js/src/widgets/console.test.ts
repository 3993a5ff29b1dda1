import type { Host } from "@anywidget/types";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeModel } from "../fake_model";
import type { ConsoleTraits } from "../model";
import { PAGE } from "../panel";
import consolePanel from "./console";

let model: FakeModel<ConsoleTraits>;
let el: HTMLElement;
let life: AbortController;

/** Renders a panel as its own reference; `missing` ones fail. */
function host(missing = ""): Host {
  return {
    getModel: () => Promise.reject(new Error("not used")),
    getWidget: async (ref: string) => {
      if (ref === missing) throw new Error("model not found");
      return {
        exports: undefined,
        render: async ({ el }: { el: HTMLElement }) => {
          el.textContent = `[${ref}]`;
        },
      };
    },
  } as unknown as Host;
}

function render(given: Host | undefined): void {
  const context = { model: model.asModel, el, signal: life.signal };
  consolePanel.render(given === undefined ? context : { ...context, host: given });
}

const input = () => el.querySelector("textarea") as HTMLTextAreaElement;
const [send, stop] = [
  () => el.querySelector<HTMLButtonElement>("button[type=submit]") as HTMLButtonElement,
  () => el.querySelector<HTMLButtonElement>("form button[type=button]") as HTMLButtonElement,
];

function type(text: string): void {
  input().value = text;
  input().dispatchEvent(new Event("input"));
}

const press = (key: string, options: KeyboardEventInit = {}) =>
  input().dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...options }),
  );

async function write(changes: Partial<ConsoleTraits>): Promise<void> {
  model.write(changes);
  await Promise.resolve();
}

beforeEach(() => {
  localStorage.clear();
  life = new AbortController();
  el = document.createElement("div");
  document.body.append(el);
  model = new FakeModel<ConsoleTraits>({
    panel_id: String(Math.random()),
    problem: "",
    title: "offline engine",
    model_name: "small",
    voice: "alloy",
    activity: "idle",
    detail: "",
    busy: false,
    usage: "no response yet",
    replay: false,
    name: "",
    tabs: ["timeline", "event_log", "usage_table", "session_panel"],
    microphone: "anywidget:mic",
    speaker: "anywidget:spk",
    waveform: "anywidget:wave",
    transcript: "anywidget:words",
    timeline: "anywidget:line",
    event_log: "anywidget:events",
    usage_table: "anywidget:usage",
    session_panel: "anywidget:settings",
  });
});

afterEach(() => {
  life.abort();
  el.remove();
});

const settled = () => new Promise((resolve) => setTimeout(resolve));
const said = () => model.sent.map(({ message }) => message).filter(({ kind }) => kind !== "look");

test("the talk is there, and of the tabs only the open one", async () => {
  render(host());
  await settled();
  for (const ref of ["mic", "spk", "wave", "words", "line"]) {
    expect(el.textContent).toContain(`[anywidget:${ref}]`);
  }
  for (const ref of ["events", "usage", "settings"]) {
    expect(el.textContent).not.toContain(`[anywidget:${ref}]`);
  }
});

test("what is not in the console has no place in it", async () => {
  model.write({ tabs: [], microphone: null, waveform: null, speaker: null, timeline: null });
  render(host());
  await settled();
  expect(el.querySelector("[role=tablist]")).toBeNull();
  expect(el.querySelector(".rtw-console-sound")).toBeNull();
  expect(el.textContent).toContain("[anywidget:words]");
  expect(input().placeholder).toBe("Type a message");
});

test("a panel that cannot be shown says so, the others are there", async () => {
  render(host("anywidget:wave"));
  await new Promise((resolve) => setTimeout(resolve));
  expect(el.textContent).toContain("The waveform could not be shown: Error: model not found");
  expect(el.textContent).toContain("[anywidget:words]");
});

test("a page that cannot nest panels says what to do", () => {
  render(undefined);
  expect(el.querySelector(".rtw-notice")?.textContent).toContain("console.transcript");
});

test("the header says whom and who", async () => {
  render(host());
  const head = () => el.querySelector("header")?.textContent;
  expect(head()).toBe("offline enginesmall · voice alloyIdle");
  await write({ activity: "error", detail: "no such voice" });
  expect(head()).toContain("Error");
  expect(el.querySelector(".rtw-console-detail")?.textContent).toBe("no such voice");
  expect(el.querySelector("section")?.dataset.activity).toBe("error");
});

test("Enter sends the words and empties the line", () => {
  render(host());
  type("  hello ");
  press("Enter");
  expect(said()).toEqual([{ kind: "say", page: PAGE, text: "hello" }]);
  expect(input().value).toBe("");
});

test("Enter that ends a choice of characters, or starts a line, sends nothing", () => {
  render(host());
  type("你");
  press("Enter", { isComposing: true });
  press("Enter", { shiftKey: true });
  expect(said()).toEqual([]);
});

test("an empty line cannot be sent", () => {
  render(host());
  expect(send().disabled).toBe(true);
  type("   ");
  press("Enter");
  expect(said()).toEqual([]);
  type("x");
  expect(send().disabled).toBe(false);
});

test("stop is there while there is something to stop, by button and by Escape", async () => {
  render(host());
  expect(stop().disabled).toBe(true);
  press("Escape");
  expect(said()).toEqual([]);
  await write({ activity: "speaking", busy: true });
  expect(stop().disabled).toBe(false);
  stop().click();
  press("Escape");
  expect(said().map(({ kind }) => kind)).toEqual(["interrupt", "interrupt"]);
});

test("after the end a sentence stands where one typed, until the session goes on", async () => {
  render(host());
  type("too late");
  const over = () => el.querySelector<HTMLElement>(".rtw-console-over");
  expect(over()?.hidden).toBe(true);
  await write({ activity: "closed", detail: "the server went away" });
  expect(input().closest("form")?.hidden).toBe(true);
  expect(over()?.textContent).toContain("session.resume()");
  press("Enter");
  expect(said()).toEqual([]);
  await write({ activity: "idle", detail: "" });
  expect(input().closest("form")?.hidden).toBe(false);
  expect(input().value).toBe("too late");
});

test("a recording says that it is one, and cannot be talked to", () => {
  model.write({ replay: true, activity: "closed" });
  render(host());
  expect(el.querySelector(".rtw-console-activity")?.textContent).toBe("Recording");
  expect(el.querySelector(".rtw-console-over")?.textContent).toContain("This is a recording");
  expect(input().closest("form")?.hidden).toBe(true);
  expect(el.querySelector("section")?.hasAttribute("data-over")).toBe(true);
});
