/** What a player does before, while and after its context runs; sound is for real browsers. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Player, type PlayerEvents } from "./player";
import { PLAYBACK, type PlaybackCommand } from "./threads";

const world = {
  posted: [] as { message: unknown; transfer: unknown[] }[],
  contexts: [] as Context[],
  load: async () => {},
};

class Context {
  state = "running";
  outputLatency = 0;
  baseLatency = 0.01;
  onstatechange: (() => void) | null = null;
  readonly destination = {};
  readonly audioWorklet = { addModule: () => world.load() };
  constructor(readonly options: AudioContextOptions) {
    world.contexts.push(this);
  }
  resume = vi.fn(async () => {
    this.state = "running";
    this.onstatechange?.();
  });
  close = vi.fn(async () => {
    this.state = "closed";
  });
  setSinkId = vi.fn(async (id: string) => {
    if (id === "gone") throw new DOMException("no such device", "NotFoundError");
  });
}

class Gain {
  readonly gain = { value: 1 };
  connect() {}
}

class Node {
  readonly port = {
    onmessage: null as ((event: { data: unknown }) => void) | null,
    postMessage: (message: unknown, transfer: unknown[]) =>
      world.posted.push({ message, transfer }),
  };
  onprocessorerror: (() => void) | null = null;
  constructor(
    readonly context: unknown,
    readonly name: string,
  ) {
    nodes.push(this);
  }
  connect() {}
}

const nodes: Node[] = [];
const settled = () => new Promise((resolve) => setTimeout(resolve));

function events() {
  return {
    onReport: vi.fn<PlayerEvents["onReport"]>(),
    onState: vi.fn<PlayerEvents["onState"]>(),
    onFailure: vi.fn<PlayerEvents["onFailure"]>(),
  };
}

const chunk = (first: number): PlaybackCommand => ({
  kind: "audio",
  item_id: "a",
  samples: Int16Array.of(first),
  gen: 0,
  last: false,
});

describe("a player", () => {
  beforeEach(() => {
    Object.assign(world, { posted: [], contexts: [], load: async () => {} });
    nodes.length = 0;
    vi.stubGlobal("AudioContext", Context);
    vi.stubGlobal("GainNode", Gain);
    vi.stubGlobal("AudioWorkletNode", Node);
  });
  afterEach(() => vi.unstubAllGlobals());

  it("runs at the rate of the sound", () => {
    const player = new Player(8000, events());
    expect(player.rate).toBe(8000);
    expect(world.contexts[0]?.options.sampleRate).toBe(8000);
  });

  it("keeps what comes before the worklet is there, in order, and hands memory over", async () => {
    const player = new Player(24000, events());
    const early = [chunk(1), chunk(2)];
    for (const command of early) player.post(command);
    expect(world.posted).toEqual([]);
    await settled();
    const late = chunk(3);
    player.post(late);
    player.post({ kind: "stop", gen: 1 });
    expect(world.posted.map(({ message }) => message)).toEqual([
      ...early,
      late,
      { kind: "stop", gen: 1 },
    ]);
    expect(nodes[0]?.name).toBe(PLAYBACK);
    expect(world.posted[0]?.transfer).toHaveLength(1);
    expect(world.posted[3]?.transfer).toEqual([]);
  });

  it("passes reports on until it is closed", async () => {
    const heard = events();
    const player = new Player(24000, heard);
    await settled();
    nodes[0]?.port.onmessage?.({ data: "report" });
    expect(heard.onReport).toHaveBeenCalledWith("report");
    player.close();
    expect(nodes[0]?.port.onmessage).toBeNull();
    expect(world.contexts[0]?.state).toBe("closed");
    expect(player.blocked).toBe(false);
  });

  it("knows that it waits for a gesture, and wakes", () => {
    const heard = events();
    const player = new Player(24000, heard);
    const [context] = world.contexts;
    if (context !== undefined) context.state = "suspended";
    expect(player.blocked).toBe(true);
    player.resume();
    expect(player.blocked).toBe(false);
    expect(heard.onState).toHaveBeenCalled();
  });

  it("knows how late the loudspeaker is", () => {
    const player = new Player(24000, events());
    expect(player.latency).toBe(0.01);
    const [context] = world.contexts;
    if (context !== undefined) context.outputLatency = 0.03;
    expect(player.latency).toBe(0.03);
  });

  it("moves to another device, and says when that one takes no sound", async () => {
    const player = new Player(24000, events());
    expect(await player.sound("headphones")).toBe(true);
    expect(world.contexts[0]?.setSinkId).toHaveBeenCalledWith("headphones");
    expect(await player.sound("gone")).toBe(false);
    Object.assign(world.contexts[0] as object, { setSinkId: undefined });
    expect(await player.sound("headphones")).toBe(false);
    expect(await player.sound("")).toBe(true);
  });

  it("leaves no context and no port behind, however often it is begun and ended", async () => {
    for (let n = 0; n < 100; n++) {
      const player = new Player(24000, events());
      if (n % 2 === 0) await settled();
      player.post(chunk(n));
      player.close();
    }
    await settled();
    expect(world.contexts.map(({ state }) => state)).toEqual(Array(100).fill("closed"));
    expect(world.contexts.filter(({ onstatechange }) => onstatechange !== null)).toEqual([]);
    expect(nodes.filter(({ port }) => port.onmessage !== null)).toEqual([]);
  });

  it("says when it cannot play, also later", async () => {
    world.load = async () => {
      throw new Error("blocked");
    };
    const refused = events();
    new Player(24000, refused);
    await settled();
    expect(refused.onFailure.mock.calls[0]?.[0]).toMatchObject({ failure: "worklet" });

    world.load = async () => {};
    const broken = events();
    new Player(24000, broken);
    await settled();
    nodes[0]?.onprocessorerror?.();
    expect(broken.onFailure).toHaveBeenCalledOnce();
  });

  it("loads nothing into a context that was closed meanwhile", async () => {
    const player = new Player(24000, events());
    player.close();
    await settled();
    expect(nodes).toHaveLength(0);
  });
});
