import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { FakeModel } from "../fake_model";
import { TRAITS } from "../microphone/fake_traits";
import type { MicrophoneTraits } from "../model";
import { PAGE } from "../panel";
import widget from "./microphone";

const opened = vi.hoisted(() => ({ count: 0, closed: 0, fail: undefined as unknown }));

vi.mock("../audio/microphone", () => ({
  async openMicrophone() {
    if (opened.fail !== undefined) throw opened.fail;
    opened.count++;
    return {
      kind: "microphone",
      name: "Test",
      deviceRate: 48000,
      rate: 24000,
      enable() {},
      gate() {},
      close: () => opened.closed++,
    };
  },
}));

let panels = 0;

function show(traits: Partial<MicrophoneTraits> = {}) {
  const model = new FakeModel<MicrophoneTraits>({
    ...TRAITS,
    auto_gain_control: true,
    panel_id: `microphone${panels++}`,
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
    const spoken = badge.nextElementSibling as HTMLElement;
    expect(badge.hidden).toBe(true);
    model.write({ frames_lost: 1, notice: "That was too short." });
    await settled();
    expect(badge.textContent).toBe("1 frame lost");
    expect(badge.title).toMatch(/never reached the kernel; silence/);
    expect(spoken.getAttribute("role")).toBe("status");
    expect(spoken.textContent).toBe(badge.title);
    expect(alert.firstElementChild?.textContent).toBe("That was too short.");
    model.write({ frames_lost: 3, closed: true });
    await settled();
    expect(badge.textContent).toBe("3 frames lost");
    expect(says.textContent).toBe("The session is over");
    expect(main.disabled).toBe(true);
  });

  it("does not believe a kernel that was busy and takes this page for gone", async () => {
    const { model, main, says, alert } = show();
    main.click();
    await settled();
    model.write({ recording: true, owner: PAGE });
    model.write({ recording: false, notice: "The page that recorded does not answer." });
    await settled();
    expect(says.textContent).toBe("Listening");
    expect(alert.hidden).toBe(true);
    main.click();
    await settled();
    expect(alert.hidden).toBe(false);
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
    expect(says.textContent).toBe("Recording in another tab");
    model.write({ recording: false });
    await settled();
    expect(main.textContent).toBe("Record");
  });

  it("tells the kernel which processing is wanted", () => {
    const { model, el } = show({ noise_suppression: false });
    const boxes = [...el.querySelectorAll<HTMLInputElement>("input[type=checkbox]")];
    expect(boxes.map((box) => box.checked)).toEqual([true, false, true, false]);
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
    for (const control of el.querySelectorAll("button, input, select, progress, canvas, [role]")) {
      const name =
        control.getAttribute("aria-label") ??
        control.closest("label")?.textContent ??
        control.textContent;
      if (!["status", "alert"].includes(control.getAttribute("role") ?? "")) {
        expect(name, control.outerHTML).not.toBe("");
      }
    }
  });

  it("mutes and says so", async () => {
    const { main, el, says, model } = show();
    const mute = el.querySelector(".rtw-microphone-mute") as HTMLButtonElement;
    expect(mute.getAttribute("aria-pressed")).toBe("false");
    main.click();
    await settled();
    mute.click();
    expect(mute.getAttribute("aria-pressed")).toBe("true");
    expect(says.textContent).toBe("Muted: silence is sent");
    expect(model.sent.at(-1)?.message).toEqual({ kind: "mute", page: PAGE, on: true });
  });

  it("is one recorder in several views; a view that goes takes nothing with it", async () => {
    const { model, main, el } = show();
    const other = document.createElement("div");
    const view = new AbortController();
    widget.render({ model: model.asModel, el: other, signal: view.signal });
    main.click();
    await settled();
    expect(opened.count).toBe(1);
    const button = other.querySelector(".rtw-microphone-main") as HTMLButtonElement;
    expect(button.textContent).toBe("Stop");
    view.abort();
    expect(opened.closed).toBe(0);
    expect(el.querySelector("[role=status]")?.textContent).toBe("Listening");
    main.click();
    expect(opened.closed).toBe(1);
  });

  it("sends the level of the gate when the slider is let go", () => {
    const { model, el } = show({ noise_gate: true });
    const slider = el.querySelector("input[type=range]") as HTMLInputElement;
    expect([slider.value, slider.disabled]).toEqual(["-50", false]);
    slider.value = "-35";
    slider.dispatchEvent(new Event("change"));
    expect(model.sent.at(-1)?.message).toEqual({ kind: "gate", page: PAGE, db: -35 });
  });

  it("lists the devices by label and remembers the choice", async () => {
    const info = (deviceId: string, label: string) => ({ kind: "audioinput", deviceId, label });
    const list = [info("default", "Default - A"), info("a", "A"), info("b", "<b>B</b>")];
    const mediaDevices = Object.assign(new EventTarget(), { enumerateDevices: async () => list });
    vi.stubGlobal("navigator", { mediaDevices });
    localStorage.clear();
    const { el } = show();
    await settled();
    const device = el.querySelector("select") as HTMLSelectElement;
    const words = () => [...device.options].map((option) => option.textContent);
    expect(words()).toEqual(["The system’s choice", "A", "<b>B</b>"]);
    list.pop();
    device.value = "<b>B</b>";
    device.dispatchEvent(new Event("change"));
    mediaDevices.dispatchEvent(new Event("devicechange"));
    await settled();
    expect(localStorage.getItem("rtwidgets.microphone")).toBe("<b>B</b>");
    expect([device.value, words().length]).toEqual(["<b>B</b>", 3]);
    localStorage.clear();
  });

  it("takes a dropped file, and keeps it from the notebook", async () => {
    const { el, alert, says } = show();
    const root = el.querySelector(".rtw-microphone") as HTMLElement;
    let notebook = 0;
    document.body.addEventListener("drop", () => notebook++, { once: true });
    const drag = (type: string, types: string[]) => {
      const event = new Event(type, { bubbles: true, cancelable: true });
      const files = [new File(["no sound"], "notes.txt")];
      Object.assign(event, { dataTransfer: { types, files, dropEffect: "" } });
      root.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(drag("dragover", ["text/plain"])).toBe(false);
    drag("dragenter", ["Files"]);
    expect(drag("dragover", ["Files"])).toBe(true);
    expect(root.dataset.drop).toBe("true");
    drag("drop", ["Files"]);
    expect(root.dataset.drop).toBe("false");
    expect(notebook).toBe(0);
    await settled();
    expect(says.textContent).toBe("File not spoken");
    expect(alert.textContent).toMatch(/WAV, MP3 or FLAC.*“notes\.txt”/);
  });

  it("offers a file where there is no microphone", async () => {
    opened.fail = new DOMException("", "NotFoundError");
    const { main, alert } = show();
    const instead = alert.querySelector("button") as HTMLButtonElement;
    expect(instead.hidden).toBe(true);
    main.click();
    await settled();
    expect(instead.hidden).toBe(false);
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
