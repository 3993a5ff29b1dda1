/** What changes while a recorder is open: mute, device, processing, rate; and files in its place. */

import { beforeEach, describe, expect, it, vi } from "vitest";
import { PAGE } from "../panel";
import { device, reset } from "./fake_sources";
import { Recorder } from "./recorder";
import { last, setUp, speak } from "./recorder_setup";

vi.mock("./microphone", () => import("./fake_sources"));
vi.mock("./file", () => import("./fake_sources"));

beforeEach(reset);

describe("a muted recorder", () => {
  it("goes on in time with silence, and says it", async () => {
    const { model, recorder } = setUp();
    await recorder.open();
    recorder.mute(true);
    expect(last(model)).toEqual({ kind: "mute", page: PAGE, on: true });
    expect(device.open[0]?.enabled).toBe(false);
    speak(1);
    expect(last(model)).toMatchObject({ kind: "audio", seq: 0 });
    expect(new Int16Array(model.sent.at(-1)?.buffers[0] as ArrayBuffer).every((x) => x === 0)).toBe(
      true,
    );
    recorder.mute(false);
    speak(1);
    expect(new Int16Array(model.sent.at(-1)?.buffers[0] as ArrayBuffer)[0]).toBe(8000);
  });

  it("is not opened by the kernel's answer to an older wish", async () => {
    const { model, recorder } = setUp();
    await recorder.open();
    recorder.mute(true);
    model.write({ muted: true });
    await Promise.resolve();
    for (const on of [false, true]) recorder.mute(on);
    model.write({ muted: false });
    await Promise.resolve();
    expect(recorder.muted).toBe(true);
    model.write({ muted: true });
    await Promise.resolve();
    model.write({ muted: false });
    await vi.waitFor(() => expect(recorder.muted).toBe(false));
  });

  it("follows the kernel, and what opens later is mute as well", async () => {
    const { model, recorder } = setUp();
    model.write({ muted: true });
    await vi.waitFor(() => expect(recorder.muted).toBe(true));
    await recorder.open();
    expect(device.open[0]?.enabled).toBe(false);
  });
});

describe("a change while it records", () => {
  it("opens the new device before it lets the old one go; the numbers go on", async () => {
    const { model, recorder } = setUp();
    await recorder.open();
    speak(3);
    recorder.chooseDevice("Headset");
    expect(device.open[0]?.closed).toBe(false);
    speak(1, device.open[0]?.options);
    await vi.waitFor(() => expect(device.open[0]?.closed).toBe(true));
    expect(last(model)).toEqual({
      kind: "switched",
      page: PAGE,
      device: "Headset",
      device_rate: 44100,
      rate: 24000,
    });
    speak(2, device.open[0]?.options);
    speak(2);
    const numbers = model.sent.map(({ message }) => message.seq).filter((n) => n !== undefined);
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5]);
    expect(model.kinds).not.toContain("closed");
    expect(localStorage.getItem("rtwidgets.microphone")).toBe("Headset");
    expect(new Recorder(model.asModel, new AbortController().signal).devices.chosen).toBe(
      "Headset",
    );
  });

  it("keeps the old one when the new one does not open, and says why", async () => {
    const { recorder } = setUp();
    await recorder.open();
    device.fail = new DOMException("", "NotReadableError");
    recorder.chooseDevice("Headset");
    await vi.waitFor(() => expect(recorder.hint).toMatch(/goes on.*another program/));
    expect(device.open[0]?.closed).toBe(false);
    expect(recorder.state).toBe("open");
  });

  it.each([{ rate: 8000 }, { echo_cancellation: false }])("takes %o at once", async (change) => {
    const { model, recorder } = setUp();
    await recorder.open();
    model.write(change);
    await vi.waitFor(() => expect(last(model)).toMatchObject({ kind: "switched" }));
    expect(device.open.map(({ closed }) => closed)).toEqual([true, false]);
    recorder.close();
    expect(device.open.every(({ closed }) => closed)).toBe(true);
  });

  it("opens no device for it when none is open, or when it was closed meanwhile", async () => {
    const { model, recorder } = setUp();
    recorder.chooseDevice("Headset");
    expect(device.open).toHaveLength(0);
    await recorder.open();
    recorder.chooseDevice("");
    recorder.close();
    await vi.waitFor(() => expect(device.open).toHaveLength(2));
    await Promise.resolve();
    expect(device.open.every(({ closed }) => closed)).toBe(true);
    expect(model.kinds.at(-1)).toBe("closed");
  });

  it.each([{ rate: 8000 }, { echo_cancellation: false }, { frame_ms: 20 }])(
    "takes %o as soon as the browser has its permission",
    async (change) => {
      let answer = () => {};
      device.slow = new Promise((resolve) => {
        answer = resolve;
      });
      const { model, recorder } = setUp();
      const opening = recorder.open();
      model.write(change);
      await Promise.resolve();
      answer();
      await opening;
      await vi.waitFor(() => expect(last(model)).toMatchObject({ kind: "switched" }));
      expect(device.open.map(({ closed }) => closed)).toEqual([true, false]);
      const [before, after] = device.open.map(({ options }) => options);
      expect(after).not.toMatchObject({
        rate: before?.rate,
        frameMs: before?.frameMs,
        echoCancellation: before?.echoCancellation,
      });
    },
  );

  it("takes a device and a gate that are chosen while the browser asks", async () => {
    let answer = () => {};
    device.slow = new Promise((resolve) => {
      answer = resolve;
    });
    const { model, recorder } = setUp();
    const opening = recorder.open();
    recorder.chooseDevice("Headset");
    model.write({ noise_gate: true });
    await Promise.resolve();
    answer();
    await opening;
    expect(device.open[0]?.gateDb).toBe(-50);
    await vi.waitFor(() => expect(last(model)).toMatchObject({ device: "Headset" }));
    recorder.close();
    await recorder.open();
    expect(device.open).toHaveLength(3); // what was caught up on is not done again
  });

  it("switches the gate without opening anything", async () => {
    const { model, recorder } = setUp();
    await recorder.open();
    expect(device.open[0]?.gateDb).toBeUndefined();
    model.write({ noise_gate: true });
    await vi.waitFor(() => expect(device.open[0]?.gateDb).toBe(-50));
    expect(device.open).toHaveLength(1);
  });

  it("says when the system made the device silent", async () => {
    const { recorder } = setUp();
    await recorder.open();
    device.open[0]?.options.onSilenced(true);
    expect(recorder.hint).toMatch(/muted the microphone/);
    device.open[0]?.options.onSilenced(false);
    expect(recorder.hint).toBe("");
  });
});

describe("sound that stops without a word", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  it("ends the recording", async () => {
    const { recorder } = setUp();
    await recorder.open();
    for (let second = 0; second < 20; second++) {
      speak(1);
      vi.advanceTimersByTime(1000);
      // The fake clock of the device stands at zero: only what is silent counts here.
      if (recorder.state !== "open") break;
    }
    expect(recorder.failure?.failure).toBe("interrupted");
    expect(device.open[0]?.closed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a file", () => {
  const file = new File(["sound"], "speech.wav");
  it("takes the microphone's place and lets go at its end", async () => {
    const { model, recorder } = setUp();
    await recorder.open();
    await recorder.speak(file);
    expect(device.open[0]?.closed).toBe(true);
    expect(last(model)).toMatchObject({ kind: "opened", source: "file", device: "speech.wav" });
    speak(2, device.files[0]?.options);
    expect(last(model)).toMatchObject({ kind: "audio", seq: 1 });
    device.files[0]?.options.onEnd();
    expect(last(model)).toMatchObject({ kind: "closed", reason: "done", frames: 2 });
    expect(recorder.failure).toBeUndefined();
    expect(recorder.state).toBe("closed");
  });

  it("is one turn where a button ends turns, whatever the button does", async () => {
    const { model, recorder } = setUp({ mode: "push_to_talk" });
    await recorder.speak(file);
    speak(1, device.files[0]?.options);
    recorder.release();
    speak(1, device.files[0]?.options);
    device.files[0]?.options.onEnd();
    expect(model.kinds).toEqual([
      "hello",
      "opened",
      "press",
      "audio",
      "audio",
      "release",
      "closed",
    ]);
  });

  it("can be stopped", async () => {
    const { recorder } = setUp();
    await recorder.speak(file);
    recorder.close();
    expect(device.files[0]?.closed).toBe(true);
  });

  it("that is no sound is refused in words", async () => {
    const { model, recorder } = setUp();
    await recorder.speak(new File([], "notes.txt"));
    expect(recorder.failure?.message).toMatch(/WAV, MP3 or FLAC.*notes\.txt/);
    expect(last(model)).toMatchObject({ kind: "failed", failure: "file" });
  });
});
