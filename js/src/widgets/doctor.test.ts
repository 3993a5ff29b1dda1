import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeModel } from "../fake_model";
import type { Check, DoctorTraits } from "../model";
import widget, { summary } from "./doctor";

const ROW: Check = { name: "key", state: "bad", text: "none <b>", todo: "set one" };
let number = 0;

beforeEach(() => {
  vi.stubGlobal("navigator", {
    mediaDevices: { enumerateDevices: async () => [{ kind: "audioinput" }], getUserMedia: vi.fn() },
    permissions: { query: async () => ({ state: "granted" }) },
  });
});
afterEach(() => vi.unstubAllGlobals());

async function shown(traits: Partial<DoctorTraits> = {}) {
  const model = new FakeModel<DoctorTraits>({
    panel_id: `doctor-${number++}`,
    problem: "",
    rows: [ROW],
    looking: false,
    page: "",
    ...traits,
  });
  const el = document.createElement("div");
  const life = new AbortController();
  widget.initialize({ model: model.asModel, signal: life.signal });
  widget.render({ model: model.asModel, el, signal: life.signal });
  await vi.waitFor(() => expect(model.kinds).toContain("report"));
  const [again, echo] = [...el.querySelectorAll("button")] as HTMLElement[] as [
    HTMLElement,
    HTMLElement,
  ];
  return { model, el, life, again, echo };
}

it("shows the kernel's lines and its own, as text, and reports its own", async () => {
  const { model, el } = await shown();
  const names = [...el.querySelectorAll(".rtw-doctor-name")].map((name) => name.textContent);
  expect(names).toEqual([
    "key",
    "secure context",
    "microphone permission",
    "devices",
    "sound",
    "buffers",
    "round trip",
    "echo",
  ]);
  expect(el.querySelector(".rtw-doctor-text b")).toBeNull();
  expect(el.querySelector(".rtw-doctor-todo")?.textContent).toBe("→ set one");
  expect(el.querySelector(".rtw-doctor-mark")?.getAttribute("aria-label")).toBe("does not work");
  const checks = model.sent.find(({ message }) => message.kind === "report")?.message.checks;
  expect((checks as Check[]).map(({ name }) => name)).toEqual(names.slice(1));
});

it("looks again, here and in the kernel", async () => {
  const { model, again } = await shown();
  again.click();
  await vi.waitFor(() => expect(model.kinds.filter((k) => k === "report")).toHaveLength(2));
  expect(model.kinds).toContain("again");
});

it("says why echo could not be tested", async () => {
  vi.mocked(navigator.mediaDevices.getUserMedia).mockRejectedValue(
    new DOMException("", "NotAllowedError"),
  );
  const { model, el, echo } = await shown();
  echo.click();
  await vi.waitFor(() => expect(model.kinds.filter((k) => k === "report")).toHaveLength(2));
  expect(el.textContent).toContain("The microphone was refused");
});

it("leaves nothing behind", async () => {
  const { model, life } = await shown();
  life.abort();
  expect(model.handlerCount).toBe(0);
});

it("sums up what is to be done", () => {
  const of = (...states: Check["state"][]) =>
    summary(states.map((state) => ({ name: "", state, text: "", todo: "" })));
  expect(of("ok", "unknown")).toBe("Everything that was looked at is well");
  expect(of("ok", "warn")).toBe("1 thing to look at");
  expect(of("bad", "warn", "bad")).toBe("2 things do not work");
});
