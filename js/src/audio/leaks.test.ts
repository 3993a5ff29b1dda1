/** A hundred recordings, ended in every way there is: nothing that was begun is left. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeModel } from "../fake_model";
import { TRAITS } from "../microphone/fake_traits";
import { Recorder } from "./recorder";

/** An event target that knows how many listeners it has. */
class Counted extends EventTarget {
  listeners = 0;
  constructor() {
    super();
    world.targets.push(this);
  }
  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>) {
    const [, , options] = args;
    this.listeners++;
    if (typeof options === "object") {
      options.signal?.addEventListener("abort", () => this.listeners--);
    }
    super.addEventListener(...args);
  }
}

const world = {
  targets: [] as Counted[],
  tracks: 0,
  contexts: 0,
  ports: 0,
  nodes: 0,
  stream: undefined as { track: Counted } | undefined,
};

function openStream() {
  let live = true;
  world.tracks++;
  const track = Object.assign(new Counted(), {
    label: "Test",
    enabled: true,
    stop() {
      if (live) world.tracks--;
      live = false;
    },
  });
  world.stream = { track };
  return { getTracks: () => [track], getAudioTracks: () => [track] };
}

class Context extends Counted {
  state = "running";
  sampleRate = 48000;
  audioWorklet = { addModule: async () => {} };
  constructor() {
    super();
    world.contexts++;
  }
  createMediaStreamSource() {
    world.nodes++;
    return { connect() {}, disconnect: () => world.nodes-- };
  }
  async close() {
    this.state = "closed";
    world.contexts--;
  }
}

class Node {
  readonly port: { onmessage: unknown; postMessage: (message: { kind: string }) => void };
  constructor() {
    world.ports++;
    this.port = {
      onmessage: null,
      postMessage: ({ kind }) => {
        if (kind === "stop") world.ports--;
      },
    };
  }
}

describe("a hundred recordings", () => {
  const devices = vi.fn(openStream);

  beforeEach(() => {
    vi.useFakeTimers();
    world.targets.length = 0;
    const mediaDevices = Object.assign(new Counted(), {
      getUserMedia: async () => devices(),
      enumerateDevices: async () => [],
    });
    vi.stubGlobal("navigator", { mediaDevices });
    vi.stubGlobal("AudioContext", Context);
    vi.stubGlobal("AudioWorkletNode", Node);
  });
  afterEach(() => vi.useRealTimers());

  const left = () => ({
    tracks: world.tracks,
    contexts: world.contexts,
    nodes: world.nodes,
    ports: world.ports,
    listeners: world.targets.reduce((sum, { listeners }) => sum + listeners, 0),
    timers: vi.getTimerCount(),
  });
  const NOTHING = { tracks: 0, contexts: 0, nodes: 0, ports: 0, listeners: 0, timers: 0 };

  it("leave nothing, neither closed, nor lost, nor thrown away while they open", async () => {
    for (let i = 0; i < 100; i++) {
      const model = new FakeModel({ ...TRAITS });
      const life = new AbortController();
      const recorder = new Recorder(model.asModel, life.signal);
      const opening = recorder.open();
      if (i % 5 !== 0) {
        await opening;
        expect(recorder.state).toBe("open");
        expect(left()).toMatchObject({ tracks: 1, contexts: 1, ports: 1, nodes: 1, timers: 1 });
      }
      if (i % 5 === 1) recorder.close();
      if (i % 5 === 2) world.stream?.track.dispatchEvent(new Event("ended"));
      if (i % 5 === 3) model.fire("comm_live_update");
      if (i % 5 === 4) recorder.chooseDevice("another");
      if (i % 10 === 4) await vi.waitFor(() => expect(model.kinds).toContain("switched"));
      life.abort();
      await opening;
      await vi.waitFor(() => expect(left()).toEqual(NOTHING));
      expect(model.handlerCount).toBe(0);
      expect(recorder.state).toBe("closed");
    }
    expect(devices.mock.calls.length).toBeGreaterThanOrEqual(100);
  });
});
