/** One recording: what is opened, sent and closed, by a person, a button, the kernel. */

import { beforeEach, describe, expect, it, vi } from "vitest";
import { PAGE } from "../panel";
import { SoundFailure } from "./failures";
import { device, reset } from "./fake_sources";
import { setUp, speak } from "./recorder_setup";

vi.mock("./microphone", () => import("./fake_sources"));
vi.mock("./file", () => import("./fake_sources"));

beforeEach(reset);

describe("a recorder", () => {
  it("asks for nothing by itself", () => {
    const { model, recorder } = setUp();
    expect(recorder.state).toBe("closed");
    expect(device.open).toHaveLength(0);
    expect(model.kinds).toEqual(["hello"]);
  });

  it("sends every frame with its number, its place and its bytes", async () => {
    const { model, recorder } = setUp();
    await recorder.open();
    speak(5);
    const frames = model.sent.filter(({ message }) => message.kind === "audio");
    expect(model.sent[1]?.message).toEqual({
      kind: "opened",
      source: "microphone",
      page: PAGE,
      device: "Test",
      device_rate: 44100,
      rate: 24000,
    });
    expect(frames.map(({ message }) => [message.seq, message.sample])).toEqual(
      [0, 1, 2, 3, 4].map((n) => [n, 960 * n]),
    );
    expect(frames.every(({ buffers }) => buffers[0]?.byteLength === 1920)).toBe(true);
    expect(recorder.uplink.shown.count).toBe(10);
    expect(recorder.uplink.meter.level).toBeCloseTo(8000 / 32768);
  });

  it("opens with the settings of the panel", async () => {
    const { recorder } = setUp({ noise_suppression: false, frame_ms: 20 });
    await recorder.open();
    expect(device.open[0]?.options).toMatchObject({
      rate: 24000,
      frameMs: 20,
      echoCancellation: true,
      noiseSuppression: false,
      autoGainControl: false,
    });
  });

  it("closes the device, and sends nothing afterwards", async () => {
    const { model, recorder } = setUp();
    await recorder.open();
    speak(2);
    recorder.close();
    speak(2);
    expect(device.open[0]?.closed).toBe(true);
    expect(model.kinds).toEqual(["hello", "opened", "audio", "audio", "closed"]);
    expect(model.sent.at(-1)?.message).toMatchObject({ reason: "person", frames: 2 });
  });

  it("counts each recording from zero", async () => {
    const { model, recorder } = setUp();
    await recorder.open();
    speak(3);
    recorder.close();
    await recorder.open();
    speak(1);
    expect(model.sent.at(-1)?.message).toMatchObject({ kind: "audio", seq: 0, sample: 0 });
  });

  it("throws away a device that opens after the person changed her mind", async () => {
    let answer = () => {};
    device.slow = new Promise((resolve) => {
      answer = resolve;
    });
    const { model, recorder } = setUp();
    const opening = recorder.open();
    expect(recorder.state).toBe("opening");
    recorder.close();
    answer();
    await opening;
    expect(device.open[0]?.closed).toBe(true);
    expect(model.kinds).toEqual(["hello"]);
    expect(recorder.state).toBe("closed");
  });

  it("names a failure, to the person and to the kernel, and can be tried again", async () => {
    device.fail = new DOMException("no", "NotAllowedError");
    const { model, recorder } = setUp();
    await recorder.open();
    expect(recorder.failure?.failure).toBe("denied");
    expect(model.sent.at(-1)?.message).toMatchObject({ kind: "failed", failure: "denied" });
    device.fail = undefined;
    await recorder.open();
    expect(recorder.state).toBe("open");
    expect(recorder.failure).toBeUndefined();
  });

  it("says when the device went away", async () => {
    const { model, recorder } = setUp();
    await recorder.open();
    device.open[0]?.options.onEnd(new SoundFailure("ended"));
    expect(recorder.state).toBe("closed");
    expect(recorder.failure?.failure).toBe("ended");
    expect(model.sent.at(-1)?.message).toMatchObject({ kind: "closed", reason: "ended" });
  });

  it("obeys the kernel only when it means this page", async () => {
    const { model, recorder } = setUp();
    model.receive({ kind: "start", page: "another" });
    expect(recorder.state).toBe("closed");
    model.receive({ kind: "start", page: PAGE });
    await vi.waitFor(() => expect(recorder.state).toBe("open"));
    model.receive({ kind: "ack", page: PAGE, seq: 9, received: 10, lost: 0 });
    expect(recorder.uplink.waitingS).toBe(0);
    model.receive({ kind: "stop", page: PAGE });
    expect(recorder.state).toBe("closed");
  });

  it("knows when another page records", () => {
    const { model, recorder } = setUp();
    expect(recorder.elsewhere).toBe(false);
    model.write({ recording: true, owner: "another" });
    expect(recorder.elsewhere).toBe(true);
    model.write({ owner: PAGE });
    expect(recorder.elsewhere).toBe(false);
  });

  it("stops when the kernel is gone, not when it is busy for minutes", async () => {
    const { model, recorder } = setUp();
    await recorder.open();
    model.fire("comm_live_update");
    expect(recorder.failure?.failure).toBe("kernel");
    expect(device.open[0]?.closed).toBe(true);

    await recorder.open();
    speak(15_000);
    expect(recorder.state).toBe("open");
    speak(1);
    expect(recorder.state).toBe("closed");
    expect(recorder.failure?.message).toMatch(/ten minutes.*waits for it/);
    const sent = model.sent.filter(({ message }) => message.kind === "audio");
    expect(sent).toHaveLength(15_001); // nothing is dropped before the end
  });

  it("leaves nothing behind", async () => {
    const { model, life, recorder } = setUp();
    await recorder.open();
    life.abort();
    expect(device.open[0]?.closed).toBe(true);
    expect(model.handlerCount).toBe(0);
    expect(model.kinds.slice(-2)).toEqual(["closed", "bye"]);
    dispatchEvent(new Event("pagehide"));
    expect(model.kinds.at(-1)).toBe("bye");
    expect(model.kinds.filter((kind) => kind === "bye")).toHaveLength(1);
  });

  it("says goodbye when the page goes", async () => {
    const { model, recorder } = setUp();
    await recorder.open();
    dispatchEvent(new Event("pagehide"));
    expect(recorder.state).toBe("closed");
    expect(model.kinds.slice(-2)).toEqual(["closed", "bye"]);
  });
});

describe("push to talk", () => {
  it("opens at the first press, and sends only while the button is down", async () => {
    const { model, recorder } = setUp({ mode: "push_to_talk" });
    recorder.press();
    await vi.waitFor(() => expect(recorder.state).toBe("open"));
    speak(3);
    recorder.release();
    speak(5);
    recorder.press();
    speak(1);
    expect(model.kinds).toEqual([
      "hello",
      "opened",
      "press",
      ...["audio", "audio", "audio"],
      // The frame that was being filled when the button came up.
      ...["audio", "release"],
      ...["press", "audio"],
    ]);
    expect(model.sent.at(-1)?.message).toMatchObject({ seq: 4, sample: 4 * 960 });
  });

  it("goes on with a turn when the button is pressed again within one frame", async () => {
    const { model, recorder } = setUp({ mode: "push_to_talk" });
    recorder.press();
    await vi.waitFor(() => expect(recorder.state).toBe("open"));
    speak(1);
    recorder.release();
    expect([recorder.pressed, recorder.held]).toEqual([true, false]);
    recorder.press();
    expect(recorder.held).toBe(true);
    speak(2);
    expect(recorder.streaming).toBe(true);
    recorder.release();
    speak(2);
    const audio = ["audio", "audio", "audio", "audio"];
    expect(model.kinds).toEqual(["hello", "opened", "press", ...audio, "release"]);
  });

  it("says once a second that it is there while the button is up", async () => {
    const { model, recorder } = setUp({ mode: "push_to_talk" });
    await recorder.open();
    speak(100);
    expect(model.kinds).toEqual(["hello", "opened", "alive", "alive", "alive", "alive"]);
  });

  it("sends nothing when the button came up before the device was open", async () => {
    const { model, recorder } = setUp({ mode: "push_to_talk" });
    recorder.press();
    recorder.release();
    await vi.waitFor(() => expect(recorder.state).toBe("open"));
    speak(2);
    expect(model.kinds).toEqual(["hello", "opened"]);
  });

  it("asks the kernel for another mode and waits for its answer", async () => {
    const { model, recorder } = setUp();
    await recorder.open();
    recorder.choose("push_to_talk");
    speak(1);
    expect(model.sent.slice(-2).map(({ message }) => message.kind)).toEqual(["mode", "audio"]);
    model.write({ mode: "push_to_talk" });
    speak(1);
    expect(model.kinds.at(-1)).toBe("audio");
    expect(recorder.streaming).toBe(false);
  });
});
