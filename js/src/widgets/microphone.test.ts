import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Recorder } from "../audio/recorder";
import { FakeModel } from "../fake_model";
import type { MicrophoneTraits } from "../model";
import { PAGE } from "../panel";
import widget, { meterShare, status } from "./microphone";

const opened = vi.hoisted(() => ({ count: 0, closed: 0, fail: undefined as unknown }));

vi.mock("../audio/microphone", () => ({
  async openMicrophone() {
    if (opened.fail !== undefined) throw opened.fail;
    opened.count++;
    return { device: "Test", deviceRate: 48000, close: () => opened.closed++ };
  },
}));

let panels = 0;

function show(traits: Partial<MicrophoneTraits> = {}) {
  const model = new FakeModel<MicrophoneTraits>({
    panel_id: `microphone${panels++}`,
    problem: "",
    mode: "hands_free",
    echo_cancellation: true,
    noise_suppression: true,
    auto_gain_control: true,
    rate: 24000,
    frame_ms: 40,
    recording: false,
    owner: "",
    speaking: false,
    frames_lost: 0,
    notice: "",
    closed: false,
    ...traits,
  });
  const life = new AbortController();
  onTestFinished(() => life.abort()); // a painter's timer must not outlive the page
  const { signal } = life;
  const el = document.createElement("div");
  document.body.append(el);
  widget.initialize({ model: model.asModel, signal });
  widget.render({ model: model.asModel, el, signal });
  const find = <T extends HTMLElement>(selector: string) => el.querySelector(selector) as T;
  return {
    model,
    life,
    el,
    main: find<HTMLButtonElement>(".rtw-microphone-main"),
    off: find<HTMLButtonElement>(".rtw-microphone-off"),
    says: find("[role=status]"),
    alert: find(".rtw-notice"),
    radio: (mode: string) => find<HTMLButtonElement>(`[data-mode=${mode}]`),
  };
}

const key = (type: string, name: string, repeat = false) =>
  new KeyboardEvent(type, { key: name, repeat, bubbles: true, cancelable: true });

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("the microphone panel", () => {
  beforeEach(() => {
    Object.assign(opened, { count: 0, closed: 0, fail: undefined });
    document.body.replaceChildren();
  });

  it("asks for the microphone at the click and not before", async () => {
    const { main, says, model } = show();
    expect(main.textContent).toBe("Record");
    expect(says.textContent).toBe("Microphone off");
    expect(opened.count).toBe(0);
    main.click();
    await settled();
    expect(opened.count).toBe(1);
    expect(main.textContent).toBe("Stop");
    expect(says.textContent).toBe("Listening");
    model.write({ speaking: true });
    await settled();
    expect(says.textContent).toBe("Hearing you");
    main.click();
    expect(opened.closed).toBe(1);
    expect(main.textContent).toBe("Record");
  });

  it("says what is wrong and what to do", async () => {
    opened.fail = new DOMException("", "NotAllowedError");
    const { main, says, alert } = show();
    expect(alert.hidden).toBe(true);
    main.click();
    await settled();
    expect(says.textContent).toBe("No microphone");
    expect(alert.hidden).toBe(false);
    expect(alert.getAttribute("role")).toBe("alert");
    expect(alert.textContent).toMatch(/refused.*Allow it/);
    expect(main.disabled).toBe(false);
  });

  it("shows lost frames, the kernel's notices and the end of the session", async () => {
    const { model, el, alert, main, says } = show();
    const badge = el.querySelector(".rtw-badge") as HTMLElement;
    expect(badge.hidden).toBe(true);
    model.write({ frames_lost: 1, notice: "That was too short." });
    await settled();
    expect(badge.textContent).toBe("1 frame lost");
    expect(alert.textContent).toBe("That was too short.");
    model.write({ frames_lost: 3, closed: true });
    await settled();
    expect(badge.textContent).toBe("3 frames lost");
    expect(says.textContent).toBe("The session is over");
    expect(main.disabled).toBe(true);
  });

  it("is a radio group for the mode, by mouse and by arrow keys", async () => {
    const { model, radio } = show();
    expect(radio("hands_free").getAttribute("aria-checked")).toBe("true");
    expect([radio("hands_free").tabIndex, radio("push_to_talk").tabIndex]).toEqual([0, -1]);
    radio("hands_free").dispatchEvent(key("keydown", "ArrowRight"));
    expect(document.activeElement).toBe(radio("push_to_talk"));
    expect(model.sent.at(-1)?.message).toEqual({ kind: "mode", page: PAGE, mode: "push_to_talk" });
    model.write({ mode: "push_to_talk" });
    await settled();
    expect(radio("push_to_talk").getAttribute("aria-checked")).toBe("true");
    radio("push_to_talk").click();
    expect(model.kinds.filter((kind) => kind === "mode")).toHaveLength(1);
  });

  it("is held with the space bar, without repeats, and let go when the focus goes", async () => {
    const { model, main, says, off } = show({ mode: "push_to_talk" });
    expect(main.textContent).toBe("Hold to talk");
    expect(off.hidden).toBe(false);
    expect(off.disabled).toBe(true);
    const press = key("keydown", " ");
    main.dispatchEvent(press);
    main.dispatchEvent(key("keydown", " ", true));
    expect(press.defaultPrevented).toBe(true);
    await settled();
    expect(says.textContent).toBe("Recording");
    expect(main.getAttribute("aria-pressed")).toBe("true");
    expect(model.kinds.filter((kind) => kind === "press")).toHaveLength(1);
    main.dispatchEvent(new FocusEvent("blur"));
    off.click();
    expect(opened.closed).toBe(1);
    expect(says.textContent).toBe("Microphone off");
  });

  it("can be held by assistive technology, which only clicks", async () => {
    const { main, says } = show({ mode: "push_to_talk" });
    main.click();
    await settled();
    expect(says.textContent).toBe("Recording");
  });

  it("offers to record here while another page does", async () => {
    const { model, main, says } = show({ recording: true, owner: "another" });
    expect(main.textContent).toBe("Record here");
    expect(says.textContent).toBe("Another page is recording");
    model.write({ recording: false });
    await settled();
    expect(main.textContent).toBe("Record");
  });

  it("tells the kernel which processing is wanted", () => {
    const { model, el } = show({ noise_suppression: false });
    const boxes = [...el.querySelectorAll<HTMLInputElement>("input[type=checkbox]")];
    expect(boxes.map((box) => box.checked)).toEqual([true, false, true]);
    boxes[0]?.click();
    expect(model.sent.at(-1)?.message).toEqual({
      kind: "processing",
      page: PAGE,
      name: "echo_cancellation",
      on: false,
    });
  });

  it("gives every control a name", () => {
    const { el } = show({ mode: "push_to_talk" });
    for (const control of el.querySelectorAll("button, input, canvas, [role]")) {
      const name =
        control.getAttribute("aria-label") ??
        control.closest("label")?.textContent ??
        control.textContent;
      if (!["status", "alert"].includes(control.getAttribute("role") ?? "")) {
        expect(name, control.outerHTML).not.toBe("");
      }
    }
  });

  it("leaves no handler behind", async () => {
    const { model, life, main } = show();
    main.click();
    await settled();
    life.abort();
    expect(opened.closed).toBe(1);
    expect(model.handlerCount).toBe(0);
  });
});

describe("its words", () => {
  const recorder = (state: object) =>
    ({ state: "open", mode: "hands_free", sent: 0, acked: 0, ...state }) as unknown as Recorder;
  const traits = { speaking: false, closed: false };

  it("say when the kernel does not keep up", () => {
    expect(status(recorder({ sent: 70 }), traits)).toBe("Listening");
    expect(status(recorder({ sent: 80 }), traits)).toMatch(/kernel is busy/);
  });

  it("say that the browser asks", () => {
    expect(status(recorder({ state: "opening" }), traits)).toMatch(/permission/);
  });
});

describe("the meter", () => {
  it("counts in dB", () => {
    expect(meterShare(0)).toBe(0);
    expect(meterShare(1)).toBe(1);
    expect(meterShare(0.001)).toBeCloseTo(0);
    expect(meterShare(Math.sqrt(0.001))).toBeCloseTo(0.5);
    expect(meterShare(2)).toBe(1);
  });
});
