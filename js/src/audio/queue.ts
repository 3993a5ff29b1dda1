/**
 * What is to be played: chunks in order, and an account of every sample, by item.
 *
 * Chunks are kept as they came and read once, so nothing is copied or bounded, and each sample
 * knows its item. For every item, at any time: received = played + dropped + waiting.
 *
 * A reply starts when `PRIME_S` of it are there (or all of it). Should the sound run dry in
 * the middle, the next start waits longer, up to `MOST_PRIME_S`; each reply that stayed whole
 * takes some of that back.
 */

import type { ItemCount } from "../model";

const PRIME_S = 0.1;
const MOST_PRIME_S = 0.3;
const MORE_S = 0.1;
const LESS_S = 0.05;
/** Counts of this many items are kept; older ones were reported long ago. */
const KEPT_ITEMS = 64;

interface Chunk {
  count: ItemCount;
  samples: Int16Array;
  /** The item ends with this chunk. */
  last: boolean;
}

export class PlaybackQueue {
  readonly rate: number;
  /** Chunks of an older generation are dropped. */
  gen = 0;
  /** Samples that wait. */
  waiting = 0;
  underruns = 0;
  /** The item that was read last. */
  item = "";
  readonly #chunks: Chunk[] = [];
  readonly #counts = new Map<string, ItemCount>();
  readonly #changed = new Set<ItemCount>();
  #head = 0;
  #flowing = false;
  /** The newest item has ended: what waits is all there will be. */
  #complete = true;
  #prime = PRIME_S;
  #cleanStart = true;

  constructor(rate: number) {
    this.rate = rate;
  }

  /** Samples come out of `pull` at this moment. */
  get flowing(): boolean {
    return this.#flowing;
  }

  /** How much must wait before the sound starts, in s. */
  get prime(): number {
    return this.#prime;
  }

  /** Append sound; returns whether it was taken (an older generation is dropped). */
  push(item_id: string, samples: Int16Array, gen: number, last: boolean): boolean {
    const count = this.#countOf(item_id);
    count.received += samples.length;
    this.#changed.add(count);
    if (gen < this.gen) {
      count.dropped += samples.length;
      return false;
    }
    this.gen = gen;
    this.#chunks.push({ count, samples, last });
    this.waiting += samples.length;
    this.#complete = last;
    return true;
  }

  /**
   * Fill `output` with the next samples, then with silence; returns how many were played.
   * Allocates nothing.
   */
  pull(output: Float32Array): number {
    let filled = 0;
    if (this.#flowing || this.#ready()) {
      this.#flowing = true;
      while (filled < output.length && this.#chunks.length > 0) {
        filled += this.#read(output, filled);
      }
      if (this.#chunks.length === 0 && (filled < output.length || this.#complete)) this.#dry();
    }
    output.fill(0, filled);
    return filled;
  }

  /** Drop all that waits and begin generation `gen`; later chunks of older ones are dropped. */
  clear(gen: number): void {
    for (const { count, samples } of this.#chunks) {
      count.dropped += samples.length;
      this.#changed.add(count);
    }
    const first = this.#chunks[0];
    if (first !== undefined) first.count.dropped -= this.#head;
    this.#chunks.length = 0;
    this.#head = 0;
    this.waiting = 0;
    this.#flowing = false;
    this.#complete = true;
    this.gen = Math.max(this.gen, gen);
  }

  /** The counts that changed since the last call, as copies. */
  takeChanges(): ItemCount[] {
    const changes = Array.from(this.#changed, (count) => ({ ...count }));
    this.#changed.clear();
    return changes;
  }

  #ready(): boolean {
    if (this.#chunks.length === 0) return false;
    return this.#complete || this.waiting >= this.#prime * this.rate;
  }

  /** Copy what fits of the first chunk; returns how many samples. */
  #read(output: Float32Array, at: number): number {
    const { count, samples, last } = this.#chunks[0] as Chunk;
    const take = Math.min(output.length - at, samples.length - this.#head);
    for (let i = 0; i < take; i++) {
      output[at + i] = (samples[this.#head + i] as number) / 32768;
    }
    this.#head += take;
    this.waiting -= take;
    count.played += take;
    if (take > 0) {
      this.item = count.item_id;
      this.#changed.add(count);
    }
    if (this.#head === samples.length) {
      this.#chunks.shift();
      this.#head = 0;
      if (last) this.#ended();
    }
    return take;
  }

  /** An item came to its end. */
  #ended(): void {
    if (this.#cleanStart) this.#prime = Math.max(PRIME_S, this.#prime - LESS_S);
    this.#cleanStart = true;
  }

  /** Nothing waits. In the middle of an item that is an underrun. */
  #dry(): void {
    this.#flowing = false;
    if (this.#complete) return;
    this.underruns++;
    this.#cleanStart = false;
    this.#prime = Math.min(MOST_PRIME_S, this.#prime + MORE_S);
  }

  #countOf(item_id: string): ItemCount {
    let count = this.#counts.get(item_id);
    if (count === undefined) {
      count = { item_id, received: 0, played: 0, dropped: 0 };
      this.#counts.set(item_id, count);
      if (this.#counts.size > KEPT_ITEMS) {
        for (const oldest of this.#counts.keys()) {
          this.#counts.delete(oldest);
          break;
        }
      }
    }
    return count;
  }
}
