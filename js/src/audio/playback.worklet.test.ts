// @vitest-environment node

import "./worklet_scope"; // first: the worklet needs its globals
import { beforeEach, describe, expect, it } from "vitest";
import { PlaybackProcessor } from "./playback.worklet";
import { PLAYBACK, type PlaybackCommand, type PlaybackReport } from "./threads";
import { ports, registered, scope } from "./worklet_scope";

const ramp = (count: number) => Int16Array.from({ length: count }, (_, i) => 1000 + i);

class Loudspeaker {
  readonly processor = new PlaybackProcessor();
  readonly #port = ports.at(-1);
  heard: number[] = [];

  send(command: PlaybackCommand): void {
    this.#port?.onmessage?.({ data: command });
  }

  play(seconds: number): void {
    for (let n = 0; n < Math.round((seconds * scope.sampleRate) / 128); n++) {
      const output = new Float32Array(128);
      expect(this.processor.process([], [[output]])).toBe(true);
      this.heard.push(...output);
    }
  }

  get reports(): PlaybackReport[] {
    return (this.#port?.posted ?? []).map(({ message }) => message as PlaybackReport);
  }

  sum(field: "received" | "played" | "dropped"): number {
    return this.reports.flatMap((r) => r.items).reduce((sum, item) => sum + item[field], 0);
  }
}

const audio = (samples: Int16Array, last = true, gen = 0): PlaybackCommand => ({
  kind: "audio",
  item_id: "a",
  samples,
  gen,
  last,
});

describe("the playback processor", () => {
  beforeEach(() => {
    scope.sampleRate = 24000;
  });

  it("is registered under its name", () => {
    expect(registered.get(PLAYBACK)).toBe(PlaybackProcessor);
  });

  it("plays bit by bit what it was given and reports each 100 ms and at the end", () => {
    const speaker = new Loudspeaker();
    speaker.send(audio(ramp(12_000)));
    speaker.play(1);
    expect(speaker.heard.slice(0, 12_000)).toEqual(Array.from(ramp(12_000), (x) => x / 32768));
    expect(speaker.heard.slice(12_000).every((x) => x === 0)).toBe(true);
    expect(speaker.reports.length).toBeGreaterThanOrEqual(5);
    expect(speaker.reports.length).toBeLessThanOrEqual(7);
    expect(speaker.sum("played")).toBe(12_000);
    const last = speaker.reports.at(-1);
    expect(last).toMatchObject({ kind: "played", waiting: 0, flowing: false, underruns: 0 });
  });

  it("says nothing while nothing happens", () => {
    const speaker = new Loudspeaker();
    speaker.play(2);
    expect(speaker.reports).toEqual([]);
  });

  it("falls silent at once, without a click, and answers with what was played", () => {
    const speaker = new Loudspeaker();
    speaker.send(audio(ramp(24_000), false));
    speaker.play(0.2);
    const played = speaker.heard.length;
    speaker.send({ kind: "stop", gen: 1 });
    const answer = speaker.reports.at(-1);
    expect(answer).toMatchObject({ kind: "stopped", gen: 1, item_id: "a", waiting: 0 });
    expect(speaker.sum("played")).toBe(played);
    expect(speaker.sum("dropped")).toBe(24_000 - played);
    speaker.play(0.1);
    const fall = speaker.heard.slice(played - 1, played + 128);
    const steps = fall.slice(1).map((value, i) => Math.abs(value - (fall[i] ?? 0)));
    expect(Math.max(...steps)).toBeLessThan(0.01);
    expect(speaker.heard.slice(played + 128).every((x) => x === 0)).toBe(true);
    expect(speaker.sum("played")).toBe(played);
  });

  it("answers a stop while no quantum runs (a context that is suspended)", () => {
    const speaker = new Loudspeaker();
    speaker.send(audio(ramp(500)));
    speaker.send({ kind: "stop", gen: 3 });
    expect(speaker.reports).toEqual([
      {
        kind: "stopped",
        gen: 3,
        items: [{ item_id: "a", received: 500, played: 0, dropped: 500 }],
        item_id: "",
        waiting: 0,
        underruns: 0,
        prime: 0.1,
        flowing: false,
      },
    ]);
  });

  it("says exactly what was heard, whenever it is stopped", () => {
    // Any number serves as the moment of a stop; a golden ratio spreads them over a quantum.
    for (let n = 1; n <= 300; n++) {
      const source = ramp(9600);
      const moment = ((n * 0.618034) % 1) * 0.4;
      const speaker = new Loudspeaker();
      for (let at = 0; at < source.length; at += 960) {
        speaker.send(audio(source.slice(at, at + 960), at + 960 >= source.length));
        speaker.play((0.04 * ((n + at) % 7)) / 7);
        if (speaker.heard.length / scope.sampleRate >= moment) break;
      }
      const before = speaker.heard.length;
      speaker.send({ kind: "stop", gen: 1 });
      const told = speaker.sum("played");
      expect(told + speaker.sum("dropped")).toBe(speaker.sum("received"));
      const heard = speaker.heard.filter((value) => value !== 0);
      expect(heard).toEqual(Array.from(source.slice(0, told), (x) => x / 32768));
      // From a stop to silence: one quantum that falls to zero, which counts as nothing.
      speaker.play(0.05);
      const after = speaker.heard.slice(before + 128);
      expect(after.every((value) => value === 0)).toBe(true);
      expect(speaker.sum("played")).toBe(told);
    }
  });

  it("tells each underrun once", () => {
    const speaker = new Loudspeaker();
    for (let n = 0; n < 3; n++) {
      speaker.send(audio(ramp(9600), false));
      speaker.play(0.5);
    }
    const underruns = speaker.reports.map((report) => report.underruns);
    expect(underruns.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(speaker.reports.at(-1)?.prime).toBeCloseTo(0.3);
  });

  it("keeps nothing of what was played or dropped", () => {
    const speaker = new Loudspeaker();
    for (let reply = 0; reply < 200; reply++) {
      speaker.send({ ...audio(ramp(2400)), item_id: `item${reply}` } as PlaybackCommand);
      speaker.play(0.15);
      if (reply % 10 === 9) speaker.send({ kind: "stop", gen: 0 });
    }
    // A report names the items that changed since the last one, not those of the whole talk.
    expect(Math.max(...speaker.reports.map(({ items }) => items.length))).toBeLessThanOrEqual(2);
    expect(speaker.reports.at(-1)?.waiting).toBe(0);
  });

  it("accounts for every sample over random stops", () => {
    for (let seed = 1; seed < 40; seed++) {
      const speaker = new Loudspeaker();
      let given = 0;
      let gen = 0;
      for (let step = 0; step < 12; step++) {
        const size = (seed * 7919 + step * 104_729) % 5000;
        given += size;
        speaker.send(audio(ramp(size), step % 3 === 2, gen));
        speaker.play(((seed * 31 + step * 17) % 20) / 100);
        if ((seed + step) % 5 === 0) {
          gen++;
          speaker.send({ kind: "stop", gen });
        }
      }
      speaker.send({ kind: "stop", gen: gen + 1 });
      expect(speaker.sum("received")).toBe(given);
      expect(speaker.sum("played") + speaker.sum("dropped")).toBe(given);
    }
  });
});
