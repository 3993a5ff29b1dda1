// @vitest-environment node
import { describe, expect, it } from "vitest";
import { PlaybackQueue } from "./queue";

const RATE = 24000;
const QUANTUM = 128;
const MS = RATE / 1000;

/** Samples that count, so that an exchange or a repetition shows. */
function ramp(from: number, count: number): Int16Array {
  return Int16Array.from({ length: count }, (_, i) => ((from + i) % 60000) - 30000);
}

function pullAll(queue: PlaybackQueue, quanta: number): { heard: number[]; played: number } {
  const output = new Float32Array(QUANTUM);
  const heard: number[] = [];
  let played = 0;
  for (let i = 0; i < quanta; i++) {
    played += queue.pull(output);
    heard.push(...output);
  }
  return { heard, played };
}

/** Where two sounds differ; -1 where they are the same (and quicker to tell than `toEqual`). */
function firstDifference(heard: number[], source: number[]): number {
  const length = Math.max(heard.length, source.length);
  for (let i = 0; i < length; i++) if (heard[i] !== source[i]) return i;
  return -1;
}

/** Random numbers that are the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

describe("a playback queue", () => {
  it("plays every sample as it came, whatever the chunks", () => {
    const queue = new PlaybackQueue(RATE);
    const source = ramp(0, 10_000);
    const sizes = [1, 127, 128, 129, 3000, 10_000];
    let at = 0;
    for (const size of sizes) {
      const end = Math.min(at + size, source.length);
      queue.push("a", source.slice(at, end), 0, end === source.length);
      at = end;
    }
    const { heard, played } = pullAll(queue, 100);
    expect(played).toBe(10_000);
    expect(heard.slice(0, 10_000)).toEqual(Array.from(source, (x) => x / 32768));
    expect(heard.slice(10_000).every((x) => x === 0)).toBe(true);
    expect(queue.takeCounts()).toEqual([
      { item_id: "a", received: 10_000, played: 10_000, dropped: 0 },
    ]);
    expect(queue.underruns).toBe(0);
  });

  it("starts when 100 ms are there, or all of a shorter reply", () => {
    const queue = new PlaybackQueue(RATE);
    queue.push("a", ramp(0, 99 * MS), 0, false);
    expect(pullAll(queue, 10).played).toBe(0);
    queue.push("a", ramp(0, 1 * MS), 0, false);
    expect(pullAll(queue, 1).played).toBe(QUANTUM);

    const brief = new PlaybackQueue(RATE);
    brief.push("a", ramp(0, 10 * MS), 0, true);
    expect(pullAll(brief, 10).played).toBe(10 * MS);
  });

  it("waits longer after each underrun, up to 300 ms", () => {
    const queue = new PlaybackQueue(RATE);
    const primes = [queue.prime];
    for (let i = 0; i < 4; i++) {
      queue.push("a", ramp(0, 300 * MS), 0, false);
      primes.push(queue.prime);
      pullAll(queue, 80);
      expect(queue.flowing).toBe(false);
    }
    expect(primes).toEqual([0.1, 0.1, 0.2, expect.closeTo(0.3), 0.3]);
    expect(queue.underruns).toBe(3);
  });

  it("takes it back after a calm time, be it one long reply or many short ones", () => {
    for (const length of [90_000, 1000]) {
      const queue = new PlaybackQueue(RATE);
      queue.push("a", ramp(0, 100 * MS), 0, false);
      pullAll(queue, 80);
      queue.push("a", ramp(0, 200 * MS), 0, true);
      for (let at = 0; at < 90_000; at += length) {
        queue.push(`b${at}`, ramp(0, length * MS), 0, true);
      }
      expect(queue.prime).toBeCloseTo(0.2);
      const steps = [25, 10, 30].map((seconds) => {
        pullAll(queue, (seconds * RATE) / QUANTUM);
        return queue.prime;
      });
      expect(steps).toEqual([0.2, 0.2 - 0.05, 0.1].map((prime) => expect.closeTo(prime)));
    }
  });

  it("does not take the end of a reply for an underrun, even when the news of it comes late", () => {
    const queue = new PlaybackQueue(RATE);
    queue.push("a", ramp(0, 200 * MS), 0, false);
    pullAll(queue, 100);
    queue.push("a", new Int16Array(), 0, true);
    pullAll(queue, 10);
    expect(queue.underruns).toBe(0);
    expect(queue.prime).toBe(0.1);
  });

  it("goes from one item to the next without a gap", () => {
    const queue = new PlaybackQueue(RATE);
    queue.push("a", ramp(0, 3000), 0, true);
    queue.push("b", ramp(3000, 3000), 0, true);
    expect(pullAll(queue, 60).heard.slice(0, 6000)).toEqual(
      Array.from(ramp(0, 6000), (x) => x / 32768),
    );
    expect(queue.takeCounts().map((count) => count.item_id)).toEqual(["a", "b"]);
  });

  it("is empty at once when it is cleared, and says where it was", () => {
    const queue = new PlaybackQueue(RATE);
    queue.push("a", ramp(0, 5000), 0, true);
    queue.push("b", ramp(0, 7000), 0, false);
    pullAll(queue, 50);
    queue.clear(1);
    expect(queue.waiting).toBe(0);
    expect(queue.item).toBe("b");
    expect(pullAll(queue, 3).heard.every((x) => x === 0)).toBe(true);
    expect(queue.takeCounts()).toEqual([
      { item_id: "a", received: 5000, played: 5000, dropped: 0 },
      { item_id: "b", received: 7000, played: 1400, dropped: 5600 },
    ]);
  });

  it("drops what comes late from before the cut, and plays what comes after", () => {
    const queue = new PlaybackQueue(RATE);
    queue.push("a", ramp(0, 1000), 0, false);
    queue.clear(1);
    expect(queue.push("a", ramp(0, 1000), 0, false)).toBe(false);
    expect(queue.push("b", ramp(0, 1000), 1, true)).toBe(true);
    expect(pullAll(queue, 20).played).toBe(1000);
    expect(queue.takeCounts()).toEqual([
      { item_id: "a", received: 2000, played: 0, dropped: 2000 },
      { item_id: "b", received: 1000, played: 1000, dropped: 0 },
    ]);
  });

  it("loses no sample from its account in a random life", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const next = random(seed);
      const queue = new PlaybackQueue(RATE);
      const sum = { received: 0, played: 0, dropped: 0 };
      let given = 0;
      for (let step = 0; step < 200; step++) {
        const what = next();
        if (what < 0.45) {
          const samples = ramp(0, Math.floor(next() * 6000));
          given += samples.length;
          const gen = queue.gen - (next() < 0.1 ? 1 : 0);
          queue.push(`item${Math.floor(next() * 4)}`, samples, gen, next() < 0.2);
        } else if (what < 0.9) pullAll(queue, Math.floor(next() * 40));
        else if (what < 0.95) queue.clear(queue.gen + 1);
        else {
          for (const count of queue.takeCounts()) {
            sum.received += count.received;
            sum.played += count.played;
            sum.dropped += count.dropped;
          }
        }
      }
      for (const count of queue.takeCounts()) {
        sum.received += count.received;
        sum.played += count.played;
        sum.dropped += count.dropped;
      }
      expect(sum.received).toBe(given);
      expect(sum.received).toBe(sum.played + sum.dropped + queue.waiting);
    }
  });

  /** 10 s of sound whose 40 ms chunks arrive late by up to `jitter` seconds, in order. */
  function stream(seed: number, jitter: number): { queue: PlaybackQueue; heard: number[] } {
    // The delays as measured in a notebook: mostly short, now and then long.
    const next = random(seed);
    const queue = new PlaybackQueue(RATE);
    let latest = 0;
    const arrivals = Array.from({ length: 250 }, (_, i) => {
      latest = Math.max(latest, i * 0.04 + next() ** 3 * jitter);
      return latest;
    });
    const heard: number[] = [];
    let sent = 0;
    const output = new Float32Array(QUANTUM);
    for (let quantum = 0; quantum < (12 * RATE) / QUANTUM; quantum++) {
      const now = (quantum * QUANTUM) / RATE;
      while (sent < arrivals.length && (arrivals[sent] as number) <= now) {
        queue.push("a", ramp(sent * 40 * MS, 40 * MS), 0, sent === arrivals.length - 1);
        sent++;
      }
      const played = queue.pull(output);
      for (let i = 0; i < played; i++) heard.push(output[i] as number);
    }
    return { queue, heard };
  }

  const SOURCE = Array.from(ramp(0, 250 * 40 * MS), (x) => x / 32768);

  it("stays whole when chunks of 40 ms arrive up to 60 ms late", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { queue, heard } = stream(seed, 0.06);
      expect(queue.underruns).toBe(0);
      expect(queue.prime).toBeCloseTo(0.1);
      expect(firstDifference(heard, SOURCE)).toBe(-1);
    }
  });

  it("learns from two gaps at the most when chunks arrive up to 250 ms late", () => {
    let gaps = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const { queue, heard } = stream(seed, 0.25);
      gaps += queue.underruns;
      expect(queue.underruns).toBeLessThanOrEqual(2);
      expect(firstDifference(heard, SOURCE)).toBe(-1);
    }
    expect(gaps).toBeGreaterThan(0);
  });
});
