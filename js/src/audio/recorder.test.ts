import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeModel } from "../fake_model";
import { TRAITS } from "../microphone/fake_traits";
import type { MicrophoneTraits } from "../model";
import { PAGE } from "../panel";
import { SoundFailure } from "./failures";
import type { MicrophoneOptions } from "./microphone";
import { Recorder } from "./recorder";
import type { Source, SourceEvents } from "./source";

/** The device: opens when the test says so. */
const device = vi.hoisted(() => ({
  open: [] as {
    options: MicrophoneOptions;
    closed: boolean;
    enabled: boolean;
    gateDb: number | undefined;
  }[],
  files: [] as { options: SourceEvents; closed: boolean }[],
  fail: undefined as Error | undefined,
  slow: undefined as Promise<void> | undefined,
}));

vi.mock("./microphone", () => ({
  async openMicrophone(options: MicrophoneOptions): Promise<Source> {
    await device.slow;
    if (device.fail !== undefined) throw device.fail;
    const opened = { options, closed: false, enabled: true, gateDb: options.gateDb };
    device.open.push(opened);
    return {
      kind: "microphone",
      name: options.device || "Test",
      deviceRate: 44100,
      rate: options.rate,
      enable: (on) => {
        opened.enabled = on;
      },
      gate: (db) => {
        opened.gateDb = db;
      },
      close: () => {
        opened.closed = true;
      },
    };
  },
}));

vi.mock("./file", () => ({
  async openFile(file: File, options: SourceEvents & { rate: number }): Promise<Source> {
    if (file.size === 0) throw new SoundFailure("file", file.name);
    const opened = { options, closed: false };
    device.files.push(opened);
    const close = () => {
      opened.closed = true;
    };
    const { rate } = options;
    return { kind: "file", name: file.name, deviceRate: 8000, rate, enable() {}, gate() {}, close };
  },
}));

function setUp(traits: Partial<MicrophoneTraits> = {}) {
  const model = new FakeModel<MicrophoneTraits>({ ...TRAITS, ...traits });
  const life = new AbortController();
  const recorder = new Recorder(model.asModel, life.signal);
  return { model, life, recorder };
}

/** The device delivers frames. */
function speak(count: number, options: SourceEvents | undefined = device.open.at(-1)?.options) {
  for (let i = 0; i < count; i++) {
    const samples = new Int16Array(960).fill(8000);
    options?.onFrame({ samples, sample: 0, time: i * 0.04, open: true });
  }
}

const last = (model: FakeModel<MicrophoneTraits>) => model.sent.at(-1)?.message;

describe("a recorder", () => {
  beforeEach(() => {
    device.open.length = 0;
    device.files.length = 0;
    localStorage.clear();
    device.fail = undefined;
    device.slow = undefined;
  });

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
    expect(recorder.uplink.acked).toBe(10);
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

  it("stops when the kernel is gone, or has not answered for a minute", async () => {
    const { model, recorder } = setUp();
    await recorder.open();
    model.fire("comm_live_update");
    expect(recorder.failure?.failure).toBe("kernel");
    expect(device.open[0]?.closed).toBe(true);

    await recorder.open();
    speak(1500);
    expect(recorder.state).toBe("open");
    speak(1);
    expect(recorder.state).toBe("closed");
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
  beforeEach(() => {
    device.open.length = 0;
    device.files.length = 0;
    localStorage.clear();
    device.fail = undefined;
    device.slow = undefined;
  });

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

describe("a muted recorder", () => {
  beforeEach(() => {
    device.open.length = 0;
    localStorage.clear();
  });

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
  beforeEach(() => {
    device.open.length = 0;
    device.fail = undefined;
    device.slow = undefined;
    localStorage.clear();
  });

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
    device.open.length = 0;
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
  beforeEach(() => {
    device.open.length = 0;
    device.files.length = 0;
    device.fail = undefined;
    device.slow = undefined;
  });

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
