/** Which loudspeakers a page may choose, and what becomes of the choice. */

import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { Outputs } from "./outputs";

const HEADPHONES = { kind: "audiooutput", deviceId: "h1", label: "Headphones" };
const MICROPHONE = { kind: "audioinput", deviceId: "m1", label: "Microphone" };
const UNNAMED = { kind: "audiooutput", deviceId: "", label: "" };

const devices = Object.assign(new EventTarget(), { list: [] as object[] });

function begin() {
  const life = new AbortController();
  onTestFinished(() => life.abort());
  const changed = vi.fn();
  return { outputs: new Outputs(life.signal, changed), changed };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("the outputs", () => {
  beforeEach(() => {
    localStorage.clear();
    devices.list = [MICROPHONE, HEADPHONES];
    vi.stubGlobal(
      "AudioContext",
      class {
        setSinkId() {}
      },
    );
    Object.defineProperty(navigator, "mediaDevices", {
      configurable: true,
      value: Object.assign(devices, { enumerateDevices: async () => devices.list }),
    });
  });
  afterEach(() => Reflect.deleteProperty(navigator, "mediaDevices"));

  it("are the system's own and those with a name", async () => {
    devices.list = [MICROPHONE, HEADPHONES, UNNAMED, { ...HEADPHONES, deviceId: "default" }];
    const { outputs } = begin();
    expect(outputs.some).toBe(false);
    await settled();
    expect(outputs.list.map(({ label }) => label)).toEqual(["System default", "Headphones"]);
    expect(outputs.some).toBe(true);
  });

  it("are no choice where the browser cannot move the sound", async () => {
    vi.stubGlobal("AudioContext", class {});
    localStorage.setItem("rtwidgets.output", "h1");
    const { outputs } = begin();
    await settled();
    expect([outputs.some, outputs.chosen]).toEqual([false, ""]);
  });

  it("remember the choice", async () => {
    begin().outputs.choose("h1");
    const { outputs } = begin();
    await settled();
    expect(outputs.chosen).toBe("h1");
    expect(outputs.notice).toBe("");
  });

  it("fall back when the chosen one is unplugged, and say so", async () => {
    const { outputs, changed } = begin();
    outputs.choose("h1");
    await settled();
    devices.list = [MICROPHONE, { ...HEADPHONES, deviceId: "h2", label: "Monitor" }];
    changed.mockClear();
    devices.dispatchEvent(new Event("devicechange"));
    await settled();
    expect(outputs.chosen).toBe("");
    expect(outputs.notice).toMatch(/gone/);
    expect(changed).toHaveBeenCalled();
    outputs.choose("h2");
    expect(outputs.notice).toBe("");
  });

  it("keep a choice that cannot be seen yet: without a permission devices have no names", async () => {
    localStorage.setItem("rtwidgets.output", "h1");
    devices.list = [UNNAMED];
    const { outputs } = begin();
    await settled();
    expect([outputs.chosen, outputs.notice]).toEqual(["h1", ""]);
  });
});
