import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeModel } from "../fake_model";
import type { SpeakerTraits } from "../model";
import { PAGE } from "../panel";
import type { PlayerEvents } from "./player";
import { Loudspeaker } from "./speaker";
import type { PlaybackCommand, PlaybackReport } from "./threads";

/** The audio contexts that were opened. */
const contexts = vi.hoisted(() => ({ players: [] as unknown[], blocked: false }));

class FakePlayer {
  readonly commands: PlaybackCommand[] = [];
  blocked = contexts.blocked;
  closed = false;
  volume = -1;
  latency = 0.03;

  constructor(
    readonly rate: number,
    readonly events: PlayerEvents,
  ) {
    contexts.players.push(this);
  }

  sinks: string[] = [];

  async sound(device: string): Promise<boolean> {
    this.sinks.push(device);
    return device !== "gone";
  }

  post(command: PlaybackCommand): void {
    this.commands.push(command);
  }

  resume(): void {
    this.blocked = contexts.blocked;
    this.events.onState();
  }

  close(): void {
    this.closed = true;
  }
}

vi.mock("./player", () => ({
  // Called with `new`: a function that returns an object gives that object.
  Player: function Player(rate: number, events: PlayerEvents) {
    return new FakePlayer(rate, events);
  },
}));

const TRAITS: SpeakerTraits = {
  panel_id: "s",
  problem: "",
  volume: 0.5,
  muted: false,
  playing: false,
  thinking: false,
  interrupted_ms: -1,
  owner: "",
  underruns: 0,
  lost_ms: 0,
  latest: "",
  replaying: "",
  notice: "",
};

function setUp(traits: Partial<SpeakerTraits> = {}) {
  const model = new FakeModel<SpeakerTraits>({ ...TRAITS, ...traits });
  const life = new AbortController();
  const speaker = new Loudspeaker(model.asModel, life.signal);
  return { model, life, speaker };
}

const player = () => contexts.players.at(-1) as FakePlayer;

const audio = (seq: number, more: object = {}) => ({
  kind: "audio",
  page: PAGE,
  seq,
  gen: 0,
  item_id: "a",
  rate: 24000,
  last: false,
  ...more,
});

const bytes = (...samples: number[]) => new DataView(Int16Array.from(samples).buffer);

const REPORT: PlaybackReport = {
  kind: "played",
  gen: 0,
  items: [{ item_id: "a", received: 1, played: 1, dropped: 0 }],
  item_id: "a",
  waiting: 0,
  underruns: 0,
  prime: 0.1,
  flowing: true,
};

describe("a loudspeaker", () => {
  beforeEach(() => {
    contexts.players.length = 0;
    contexts.blocked = false;
  });

  it("opens a context only in the page that plays", async () => {
    const { model } = setUp();
    expect(model.kinds).toEqual(["hello"]);
    expect(contexts.players).toHaveLength(0);
    model.write({ owner: "another" });
    await Promise.resolve();
    expect(contexts.players).toHaveLength(0);
    model.write({ owner: PAGE });
    await Promise.resolve();
    expect(player().rate).toBe(24000);
    expect(player().volume).toBe(0.5);
  });

  it("gives the audio thread what is meant for this page, as samples", () => {
    const { model } = setUp({ owner: PAGE });
    model.receive(audio(0), [bytes(1, -2, 3)]);
    model.receive({ ...audio(0), page: "another" }, [bytes(9)]);
    expect(player().commands).toEqual([
      { kind: "audio", item_id: "a", samples: Int16Array.of(1, -2, 3), gen: 0, last: false },
    ]);
  });

  it("acknowledges every fourth message and the end, and names what is missing", () => {
    const { model } = setUp({ owner: PAGE });
    for (const seq of [10, 11, 12, 13, 14]) model.receive(audio(seq), [bytes(0)]);
    model.receive(audio(17), [bytes(0)]);
    model.receive(audio(18, { last: true }), [bytes()]);
    const acks = model.sent.filter(({ message }) => message.kind === "ack");
    expect(acks.map(({ message }) => [message.seq, message.missing])).toEqual([
      [13, []],
      [17, [15, 16]],
      [18, []],
    ]);
  });

  it("passes reports on, with the latency when it was stopped", () => {
    const { model, speaker } = setUp({ owner: PAGE });
    player().events.onReport(REPORT);
    expect(speaker.flowing).toBe(true);
    expect(model.sent.at(-1)?.message).toEqual({
      kind: "played",
      page: PAGE,
      gen: 0,
      items: REPORT.items,
      waiting: 0,
      underruns: 0,
    });
    model.receive({ kind: "stop", page: PAGE, gen: 4 });
    expect(player().commands.at(-1)).toEqual({ kind: "stop", gen: 4 });
    player().events.onReport({ ...REPORT, kind: "stopped", gen: 4, flowing: false });
    expect(model.sent.at(-1)?.message).toEqual({
      kind: "stopped",
      page: PAGE,
      gen: 4,
      items: REPORT.items,
      item_id: "a",
      latency_s: 0.03,
      underruns: 0,
    });
    expect(speaker.flowing).toBe(false);
  });

  it("answers a stop though nothing was ever played", () => {
    const { model } = setUp();
    model.receive({ kind: "stop", page: PAGE, gen: 2 });
    expect(model.sent.at(-1)?.message).toMatchObject({ kind: "stopped", gen: 2, items: [] });
  });

  it("begins a new generation when the person stops it", () => {
    const { model, speaker } = setUp({ owner: PAGE });
    model.receive(audio(0, { gen: 6 }), [bytes(0)]);
    speaker.stop();
    expect(player().commands.at(-1)).toEqual({ kind: "stop", gen: 7 });
  });

  it("keeps sound for a gesture, and says that it waits for one", async () => {
    contexts.blocked = true;
    const { model, speaker } = setUp({ owner: PAGE });
    const changed = vi.fn();
    speaker.observe(changed, new AbortController().signal);
    model.receive(audio(0, { last: true }), [bytes(1, 2, 3)]);
    expect(speaker.blocked).toBe(true);
    expect(player().commands).toHaveLength(1);
    contexts.blocked = false;
    document.dispatchEvent(new Event("pointerdown"));
    expect(speaker.blocked).toBe(false);
    expect(changed).toHaveBeenCalled();
  });

  it("follows the volume, and tells the kernel once the person is done", async () => {
    const { model, speaker } = setUp({ owner: PAGE });
    speaker.setVolume(0.2, false, false);
    expect(player().volume).toBe(0.2);
    expect(model.kinds).not.toContain("volume");
    speaker.setVolume(0.2, true);
    expect(player().volume).toBe(0);
    expect(model.sent.at(-1)?.message).toMatchObject({ kind: "volume", volume: 0.2, muted: true });
    model.write({ volume: 1, muted: false });
    await Promise.resolve();
    expect(player().volume).toBe(1);
  });

  it("plays a reply of another rate in a context of that rate", () => {
    const { model } = setUp({ owner: PAGE });
    model.receive(audio(0, { rate: 8000 }), [bytes(1)]);
    expect(contexts.players).toHaveLength(2);
    expect((contexts.players[0] as FakePlayer).closed).toBe(true);
    expect(player().rate).toBe(8000);
  });

  it("is silent when another page takes over, and asks for the sound back", async () => {
    const { model, speaker } = setUp({ owner: PAGE });
    model.write({ owner: "another" });
    await Promise.resolve();
    expect(player().closed).toBe(true);
    speaker.claim();
    expect(model.kinds.at(-1)).toBe("claim");
  });

  it("answers a ping", () => {
    const { model } = setUp();
    model.receive({ kind: "ping", page: PAGE, seq: 0, since: 0 });
    expect(model.kinds.at(-1)).toBe("alive");
  });

  it("names the last messages of a reply when they were lost, though nothing follows them", () => {
    const { model } = setUp({ owner: PAGE });
    model.receive({ kind: "ping", page: PAGE, seq: 9, since: 7 });
    expect(model.sent.at(-1)?.message).toMatchObject({ kind: "ack", seq: 8, missing: [7, 8] });
    model.receive(audio(9), [bytes(0)]);
    model.receive({ kind: "ping", page: PAGE, seq: 11, since: 9 });
    expect(model.sent.at(-1)?.message).toMatchObject({ kind: "ack", seq: 10, missing: [10] });
    model.receive({ kind: "ping", page: PAGE, seq: 11, since: 11 });
    expect(model.kinds.at(-1)).toBe("alive");
  });

  it("takes no number for lost that went to another page", async () => {
    const { model } = setUp({ owner: PAGE });
    model.receive(audio(0), [bytes(0)]);
    model.write({ owner: "another" });
    await Promise.resolve();
    model.write({ owner: PAGE });
    await Promise.resolve();
    model.receive(audio(50, { last: true }), [bytes(0)]);
    expect(model.sent.at(-1)?.message).toMatchObject({ kind: "ack", seq: 50, missing: [] });
  });

  it("knows how much waits, also while nothing may sound", () => {
    contexts.blocked = true;
    const { model, speaker } = setUp({ owner: PAGE });
    model.receive(audio(0), [new DataView(new ArrayBuffer(48_000))]);
    expect(speaker.bufferedMs).toBe(1000);
    const items = [{ item_id: "a", received: 24_000, played: 6000, dropped: 6000 }];
    player().events.onReport({ ...REPORT, items, underruns: 2, prime: 0.3 });
    expect(speaker.bufferedMs).toBe(500);
    expect([speaker.underruns, speaker.prime, speaker.latencyMs]).toEqual([2, 0.3, 30]);
  });

  it("does not go on playing for a kernel that hears nothing any more", () => {
    vi.useFakeTimers();
    const { model, speaker } = setUp({ owner: PAGE, playing: true });
    model.receive(audio(0), [bytes(1)]);
    player().events.onReport({ ...REPORT, flowing: false });
    vi.advanceTimersByTime(2900);
    expect(speaker.dry).toBe(false);
    vi.advanceTimersByTime(200);
    expect(speaker.dry).toBe(true);
    model.receive(audio(1), [bytes(1)]);
    expect(speaker.dry).toBe(false);
    vi.useRealTimers();
  });

  it("asks for the newest reply again", () => {
    const { model, speaker } = setUp({ owner: PAGE, latest: "a" });
    speaker.replay();
    expect(model.sent.at(-1)?.message).toEqual({ kind: "replay", page: PAGE, item_id: "" });
  });

  it("sounds where the person chose, in every context that it opens", async () => {
    const { model, speaker } = setUp({ owner: PAGE });
    speaker.outputs.choose("headphones");
    expect(player().sinks).toEqual(["", "headphones"]);
    model.receive(audio(0, { rate: 8000 }), [bytes(1)]);
    expect(player().sinks).toEqual(["headphones"]);
    speaker.outputs.choose("gone");
    await new Promise((resolve) => setTimeout(resolve));
    expect(speaker.outputs.chosen).toBe("");
    expect(speaker.outputs.notice).toMatch(/default/);
    expect(player().sinks.at(-1)).toBe("");
    localStorage.clear();
  });

  it("says why it cannot play", () => {
    const { model, speaker } = setUp({ owner: PAGE });
    player().events.onFailure(new Error("no worklet"));
    expect(speaker.failure).toBe("no worklet");
    expect(model.sent.at(-1)?.message).toEqual({
      kind: "failed",
      page: PAGE,
      message: "no worklet",
    });
  });

  it("falls silent with the kernel", () => {
    const { model, speaker } = setUp({ owner: PAGE });
    model.fire("comm_live_update");
    expect(speaker.gone).toBe(true);
    expect(player().closed).toBe(true);
  });

  it("leaves nothing behind, however often it comes and goes", () => {
    const listening = new Set<string>();
    for (const target of [document, globalThis]) {
      const add = target.addEventListener.bind(target);
      vi.spyOn(target, "addEventListener").mockImplementation(((
        type: string,
        handler: EventListener,
        options: AddEventListenerOptions,
      ) => {
        if (options?.signal === undefined) listening.add(type);
        add(type, handler, options);
      }) as never);
    }
    for (let n = 0; n < 100; n++) {
      const { model, life, speaker } = setUp({ owner: PAGE });
      model.receive(audio(0), [bytes(1)]);
      if (n % 3 === 0) speaker.stop();
      life.abort();
      expect(model.handlerCount).toBe(0);
      expect(model.kinds.at(-1)).toBe("bye");
    }
    expect(contexts.players).toHaveLength(100);
    expect(contexts.players.every((one) => (one as FakePlayer).closed)).toBe(true);
    expect([...listening]).toEqual([]);
  });

  it("says goodbye", () => {
    const { model, life } = setUp({ owner: PAGE });
    life.abort();
    expect(player().closed).toBe(true);
    expect(model.handlerCount).toBe(0);
    expect(model.kinds.at(-1)).toBe("bye");
  });
});
