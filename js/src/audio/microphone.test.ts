/** What `openMicrophone` leaves open when it succeeds, fails and ends. Sound is for real browsers. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { asFailure, type SoundFailure } from "./failures";
import { type MicrophoneOptions, openMicrophone } from "./microphone";

class Track extends EventTarget {
  readonly label = "Test microphone";
  stopped = false;
  enabled = true;
  stop() {
    this.stopped = true;
  }
}

class Port {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly posted: unknown[] = [];
  postMessage(message: unknown) {
    this.posted.push(message);
  }
}

class Node {
  readonly port = new Port();
  onprocessorerror: (() => void) | null = null;
  constructor(
    readonly context: unknown,
    readonly name: string,
    readonly options: { processorOptions: unknown },
  ) {
    world.nodes.push(this);
  }
}

const world = {
  tracks: [] as Track[],
  nodes: [] as Node[],
  contexts: [] as Context[],
  /** Addresses that addModule refuses. */
  refused: /^$/,
  modules: [] as string[],
};

class Context {
  state = "running";
  readonly sampleRate = 44100;
  readonly audioWorklet = {
    addModule: async (url: string) => {
      if (world.refused.test(url)) throw new DOMException("blocked", "AbortError");
      world.modules.push(url.slice(0, 5));
    },
  };
  constructor() {
    world.contexts.push(this);
  }
  createMediaStreamSource() {
    return { connect: () => {}, disconnect: () => {} };
  }
  async close() {
    this.state = "closed";
  }
}

const OPTIONS: MicrophoneOptions = {
  device: "",
  gateDb: undefined,
  onSilenced: () => {},
  rate: 24000,
  frameMs: 40,
  echoCancellation: false,
  noiseSuppression: true,
  autoGainControl: false,
  onFrame: () => {},
  onEnd: () => {},
};

const frame = { samples: new Int16Array(960), sample: 0, time: 0 };

describe("an open microphone", () => {
  const getUserMedia = vi.fn();

  beforeEach(() => {
    Object.assign(world, { tracks: [], nodes: [], contexts: [], modules: [], refused: /^$/ });
    getUserMedia.mockImplementation(async () => {
      const track = new Track();
      world.tracks.push(track);
      return { getTracks: () => [track], getAudioTracks: () => [track] };
    });
    vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
    vi.stubGlobal("AudioContext", Context);
    vi.stubGlobal("AudioWorkletNode", Node);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    getUserMedia.mockReset();
  });

  const nothingIsOpen = () => {
    expect(world.tracks.every((track) => track.stopped)).toBe(true);
    expect(world.contexts.every((context) => context.state === "closed")).toBe(true);
  };

  it("asks for what the panel says, at the device's own rate", async () => {
    const opened = await openMicrophone(OPTIONS);
    expect(getUserMedia.mock.calls).toEqual([
      [
        {
          audio: {
            echoCancellation: false,
            noiseSuppression: true,
            autoGainControl: false,
            channelCount: 1,
          },
        },
      ],
    ]);
    expect(opened).toMatchObject({ name: "Test microphone", deviceRate: 44100, rate: 24000 });
    expect(world.nodes[0]?.options.processorOptions).toEqual({
      rate: 24000,
      frameLength: 960,
      gateDb: undefined,
    });
    expect(world.modules).toEqual(["blob:"]);
  });

  it("gives frames until it is closed, and none afterwards", async () => {
    const onFrame = vi.fn();
    const opened = await openMicrophone({ ...OPTIONS, onFrame });
    const port = world.nodes[0]?.port as Port;
    const deliver = port.onmessage;
    deliver?.({ data: frame });
    opened.close();
    deliver?.({ data: frame });
    expect(onFrame).toHaveBeenCalledTimes(1);
    expect(port.posted).toEqual([{ kind: "stop" }]);
    nothingIsOpen();
    opened.close();
  });

  it("loads the worklet from a data address where blobs are refused", async () => {
    world.refused = /^blob:/;
    await openMicrophone(OPTIONS);
    expect(world.modules).toEqual(["data:"]);
  });

  it("lets go of the device when the worklet cannot be loaded at all", async () => {
    world.refused = /./;
    const failure = await openMicrophone(OPTIONS).catch((error: SoundFailure) => error.failure);
    expect(failure).toBe("worklet");
    expect(world.tracks).toHaveLength(1);
    nothingIsOpen();
  });

  it("lets go of the device when the context cannot be made", async () => {
    vi.stubGlobal("AudioContext", function Broken() {
      throw new DOMException("no hardware", "NotSupportedError");
    });
    await expect(openMicrophone(OPTIONS)).rejects.toThrow("no hardware");
    nothingIsOpen();
  });

  it("passes a refusal on", async () => {
    getUserMedia.mockRejectedValue(new DOMException("", "NotAllowedError"));
    const error = await openMicrophone(OPTIONS).catch((reason: unknown) => reason);
    expect(asFailure(error).failure).toBe("denied");
    expect(world.contexts).toHaveLength(0);
  });

  it("ends when the device goes, with everything closed before it says so", async () => {
    const onEnd = vi.fn((failure?: SoundFailure) => {
      expect(failure?.failure).toBe("ended");
      nothingIsOpen();
    });
    await openMicrophone({ ...OPTIONS, onEnd });
    world.tracks[0]?.dispatchEvent(new Event("ended"));
    expect(onEnd).toHaveBeenCalledOnce();
  });

  it("does not wait for ever for a context that the browser keeps asleep", async () => {
    vi.useFakeTimers();
    vi.stubGlobal(
      "AudioContext",
      class extends Context {
        override state = "suspended";
        resume = () => new Promise(() => {});
      },
    );
    const onEnd = vi.fn();
    await openMicrophone({ ...OPTIONS, onEnd });
    vi.advanceTimersByTime(2500);
    vi.useRealTimers();
    expect(onEnd.mock.calls[0]?.[0].failure).toBe("gesture");
    nothingIsOpen();
  });

  it("does not call its own closing an end", async () => {
    const onEnd = vi.fn();
    const opened = await openMicrophone({ ...OPTIONS, onEnd });
    opened.close();
    world.tracks[0]?.dispatchEvent(new Event("ended"));
    expect(onEnd).not.toHaveBeenCalled();
  });

  const infos = [
    { kind: "audioinput", deviceId: "default", label: "Default - Built-in" },
    { kind: "audioinput", deviceId: "b", label: "Built-in" },
    { kind: "audioinput", deviceId: "h", label: "Headset" },
    { kind: "audiooutput", deviceId: "h", label: "Headset" },
  ];
  const withDevices = (list: () => object[]) => {
    const enumerateDevices = async () => list();
    vi.stubGlobal("navigator", { mediaDevices: { getUserMedia, enumerateDevices } });
  };
  const asked = () => getUserMedia.mock.calls.map(([{ audio }]) => audio.deviceId?.exact);

  it("finds the wanted device by its label", async () => {
    withDevices(() => infos);
    await openMicrophone({ ...OPTIONS, device: "Headset" });
    expect(asked()).toEqual(["h"]);
  });

  it("finds it after the permission, when devices had no labels before", async () => {
    withDevices(() => (world.tracks.length > 0 ? infos : infos.map((i) => ({ ...i, label: "" }))));
    await openMicrophone({ ...OPTIONS, device: "Headset" });
    expect(asked()).toEqual([undefined, "h"]);
    expect(world.tracks.map(({ stopped }) => stopped)).toEqual([true, false]);
  });

  it("takes another one where it is not plugged in", async () => {
    withDevices(() => infos);
    await openMicrophone({ ...OPTIONS, device: "Gone" });
    expect(asked()).toEqual([undefined]);
  });

  it("tells a withdrawn permission from an unplugged device", async () => {
    const status = Object.assign(new EventTarget(), { state: "granted" });
    vi.stubGlobal("navigator", {
      mediaDevices: { getUserMedia },
      permissions: { query: async () => status },
    });
    const onEnd = vi.fn();
    await openMicrophone({ ...OPTIONS, onEnd });
    await Promise.resolve();
    status.state = "prompt";
    status.dispatchEvent(new Event("change"));
    expect(onEnd).not.toHaveBeenCalled();
    world.tracks[0]?.dispatchEvent(new Event("ended"));
    expect(onEnd.mock.calls[0]?.[0].failure).toBe("withdrawn");
    nothingIsOpen();

    status.state = "granted";
    await openMicrophone({ ...OPTIONS, onEnd });
    await Promise.resolve();
    status.state = "denied";
    status.dispatchEvent(new Event("change"));
    expect(onEnd.mock.calls[1]?.[0].failure).toBe("withdrawn");
    nothingIsOpen();
  });

  it("sends nothing of the voice while it is switched off, and sets the gate", async () => {
    const opened = await openMicrophone({ ...OPTIONS, gateDb: -40 });
    opened.enable(false);
    expect(world.tracks[0]?.enabled).toBe(false);
    opened.gate(undefined);
    expect(world.nodes[0]?.port.posted).toEqual([{ kind: "gate", db: undefined }]);
    expect(world.nodes[0]?.options.processorOptions).toMatchObject({ gateDb: -40 });
  });

  it("passes on that the system made it silent", async () => {
    const onSilenced = vi.fn();
    await openMicrophone({ ...OPTIONS, onSilenced });
    world.tracks[0]?.dispatchEvent(new Event("mute"));
    world.tracks[0]?.dispatchEvent(new Event("unmute"));
    expect(onSilenced.mock.calls).toEqual([[true], [false]]);
  });
});
