/**
 * What is to be played: chunks in order, and an account of every sample, by item.
 *
 * Chunks are kept as they came and read once, so nothing is copied or bounded, and each sample
 * knows its item. For every item, summed over all reports: received = played + dropped + waiting.
 *
 * A reply starts when `PRIME_S` of it are there (or all of it). Should the sound run dry in
 * the middle, the next start waits longer, up to `MOST_PRIME_S`; each `CALM_S` of sound without
 * a gap takes some of that back. (Not each reply: a busy machine gives one gap in some replies,
 * and would never learn.)
 */

import type { ItemCount } from "../model";

const PRIME_S = 0.1;
const MOST_PRIME_S = 0.3;
const MORE_S = 0.1;
const LESS_S = 0.05;
const CALM_S = 30;

interface Chunk {
  item_id: string;
  samples: Int16Array;
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
  /** What is not reported yet. */
  #counts: ItemCount[] = [];
  #head = 0;
  #flowing = false;
  /** The newest item has ended: what waits is all there will be. */
  #complete = true;
  #prime = PRIME_S;
  /** Samples since it last ran dry. */
  #calm = 0;
  /** It ran dry with the item not at its end: an underrun, if more of the item comes. */
  #starved = false;

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
    if (gen < this.gen) {
      count.dropped += samples.length;
      return false;
    }
    this.gen = gen;
    if (this.#starved) this.#fed(samples.length > 0);
    this.#chunks.push({ item_id, samples });
    this.waiting += samples.length;
    this.#complete = last;
    return true;
  }

  /**
   * Fill `output` with the next samples, then with silence; returns how many were played.
   * Allocates nothing but the count of an item, once a report.
   */
  pull(output: Float32Array): number {
    let filled = 0;
    if (this.#flowing || this.#ready()) {
      this.#flowing = true;
      while (filled < output.length && this.#chunks.length > 0) {
        filled += this.#read(output, filled);
      }
      this.#rest(filled);
      if (this.#chunks.length === 0 && (filled < output.length || this.#complete)) this.#dry();
    }
    output.fill(0, filled);
    return filled;
  }

  /** Drop all that waits and begin generation `gen`; later chunks of older ones are dropped. */
  clear(gen: number): void {
    for (const { item_id, samples } of this.#chunks) {
      this.#countOf(item_id).dropped += samples.length - this.#head;
      this.#head = 0;
    }
    this.#chunks.length = 0;
    this.waiting = 0;
    this.#flowing = false;
    this.#complete = true;
    this.#starved = false;
    this.gen = Math.max(this.gen, gen);
  }

  /** What became of samples since the last call. */
  takeCounts(): ItemCount[] {
    const counts = this.#counts;
    this.#counts = [];
    return counts;
  }

  #ready(): boolean {
    if (this.#chunks.length === 0) return false;
    return this.#complete || this.waiting >= this.#prime * this.rate;
  }

  /** Copy what fits of the first chunk; returns how many samples. */
  #read(output: Float32Array, at: number): number {
    const { item_id, samples } = this.#chunks[0] as Chunk;
    const take = Math.min(output.length - at, samples.length - this.#head);
    for (let i = 0; i < take; i++) {
      output[at + i] = (samples[this.#head + i] as number) / 32768;
    }
    this.#head += take;
    this.waiting -= take;
    if (take > 0) {
      this.item = item_id;
      this.#countOf(item_id).played += take;
    }
    if (this.#head === samples.length) {
      this.#chunks.shift();
      this.#head = 0;
    }
    return take;
  }

  /** So many samples more without a gap. */
  #rest(count: number): void {
    this.#calm += count;
    if (this.#calm < CALM_S * this.rate) return;
    this.#calm = 0;
    this.#prime = Math.max(PRIME_S, this.#prime - LESS_S);
  }

  /** Nothing waits. */
  #dry(): void {
    this.#flowing = false;
    this.#starved = !this.#complete;
  }

  /** After it ran dry something came: more sound, too late, or only the news that it was all. */
  #fed(late: boolean): void {
    this.#starved = false;
    if (!late) return;
    this.underruns++;
    this.#calm = 0;
    this.#prime = Math.min(MOST_PRIME_S, this.#prime + MORE_S);
  }

  #countOf(item_id: string): ItemCount {
    for (const known of this.#counts) if (known.item_id === item_id) return known;
    const count = { item_id, received: 0, played: 0, dropped: 0 };
    this.#counts.push(count);
    return count;
  }
}
