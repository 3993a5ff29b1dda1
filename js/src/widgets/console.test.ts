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
    microphone: "anywidget:mic",
    speaker: "anywidget:spk",
    waveform: "anywidget:wave",
    transcript: "anywidget:words",
    usage_table: "anywidget:usage",
  });
});

afterEach(() => {
  life.abort();
  el.remove();
});

test("all five panels are inside", async () => {
  render(host());
  await new Promise((resolve) => setTimeout(resolve));
  for (const ref of ["mic", "spk", "wave", "words", "usage"]) {
    expect(el.textContent).toContain(`[anywidget:${ref}]`);
  }
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
  expect(model.sent.map((sent) => sent.message)).toEqual([
    { kind: "say", page: PAGE, text: "hello" },
  ]);
  expect(input().value).toBe("");
});

test("Enter that ends a choice of characters, or starts a line, sends nothing", () => {
  render(host());
  type("你");
  press("Enter", { isComposing: true });
  press("Enter", { shiftKey: true });
  expect(model.sent).toEqual([]);
});

test("an empty line cannot be sent", () => {
  render(host());
  expect(send().disabled).toBe(true);
  type("   ");
  press("Enter");
  expect(model.sent).toEqual([]);
  type("x");
  expect(send().disabled).toBe(false);
});

test("stop is there while there is something to stop, by button and by Escape", async () => {
  render(host());
  expect(stop().disabled).toBe(true);
  press("Escape");
  expect(model.sent).toEqual([]);
  await write({ activity: "speaking", busy: true });
  expect(stop().disabled).toBe(false);
  stop().click();
  press("Escape");
  expect(model.kinds).toEqual(["interrupt", "interrupt"]);
});

test("after the end nothing can be typed", async () => {
  render(host());
  type("too late");
  await write({ activity: "closed", detail: "the server went away" });
  expect(input().disabled).toBe(true);
  expect(send().disabled).toBe(true);
});
