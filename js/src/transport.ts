/**
 * `Line`: the way between one panel in this page and its kernel, and what it can carry.
 *
 * Some hosts drop the binary buffers of messages (Colab's manager does). A probe with a buffer
 * finds out, in both directions; where a buffer does not arrive, messages carry it inside, as
 * base64, a third longer. Until the first answer base64 is sent, because it is right everywhere.
 * The same probe measures the way there and back: twice at the start, then at most every five
 * seconds while other messages travel, so that a page at rest lets its kernel rest.
 *
 * Widgets do not see any of this: they `send` and `listen` in `panel.ts`.
 */

import type { LineAnswer, LineProbe, Packed } from "./model";
import { PAGE } from "./page";

/** The runtime's model, as far as a line needs it. */
export interface Wire {
  // biome-ignore lint/suspicious/noExplicitAny: the runtime's own types differ per trait
  get?: (name: any) => any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  send: (content: any, callbacks?: any, buffers?: ArrayBuffer[]) => void;
}

interface Hearing extends Wire {
  // biome-ignore lint/suspicious/noExplicitAny: the runtime overloads these by event
  on: (event: any, handler: any) => void;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  off: (event: any, handler: any) => void;
}

/** While messages travel, the way is measured this often, in ms. */
const MEASURE_EVERY_MS = 5000;
/** A probe without an answer for so long is given up, in ms. */
const GIVE_UP_MS = 30000;
/** Round trips that are remembered. */
const KEPT = 200;
/** What a probe carries. */
const BYTES = [1, 2, 3, 0xfe];

/** The runtime wraps a model anew for every call, so a line is found by its panel. */
const lines = new Map<string, Line>();

/** The line of a panel; none before `openLine`, and none in a panel that was not defined. */
export function lineOf(model: Wire): Line | undefined {
  const panel: unknown = model.get?.("panel_id");
  return typeof panel === "string" ? lines.get(panel) : undefined;
}

/** Shake hands; until the signal ends. */
export function openLine(model: Hearing, signal: AbortSignal): Line {
  const line = new Line(model, signal);
  const panel: string = model.get?.("panel_id");
  lines.set(panel, line);
  signal.addEventListener("abort", () => {
    if (lines.get(panel) === line) lines.delete(panel);
  });
  line.begin();
  return line;
}

export class Line {
  /** Buffers of this page arrive in the kernel; not known before the first answer. */
  up: boolean | undefined;
  /** Buffers of the kernel arrive here. */
  down: boolean | undefined;
  /** The last round trips, in ms. */
  readonly roundTrips: number[] = [];
  readonly #model: Wire;
  #n = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  /** The probe that waits for its answer. */
  #waiting: number | undefined;
  #wake: (() => void) | undefined;
  readonly #answered = new Set<() => void>();

  constructor(model: Hearing, signal: AbortSignal) {
    this.#model = model;
    const hear = (message: LineAnswer, buffers?: DataView[]) => {
      if (message?.kind === "line" && message.page === PAGE) this.#hear(message, buffers ?? []);
    };
    model.on("msg:custom", hear);
    signal.addEventListener("abort", () => model.off("msg:custom", hear));
  }

  /** The kernel answered, at least once. */
  get answered(): boolean {
    return this.down !== undefined;
  }

  /** Call `react` after every answer. */
  onAnswer(react: () => void, signal: AbortSignal): void {
    this.#answered.add(react);
    signal.addEventListener("abort", () => this.#answered.delete(react));
  }

  /** The handshake: the answer to the second probe tells the kernel what the first one found. */
  begin(): void {
    this.#probe();
  }

  /** What to send so that the buffers arrive. */
  pack<Message extends object>(
    message: Message,
    buffers: ArrayBuffer[],
  ): [Message & Packed, ArrayBuffer[]] {
    if (this.up === true || buffers.length === 0) return [message, buffers];
    return [{ ...message, b64: buffers.map(toBase64) }, []];
  }

  /** Another message travels: a good moment to measure. */
  travelled(): void {
    if (performance.now() - this.#sentAt > MEASURE_EVERY_MS) this.#probe();
  }

  /** Measure so many round trips now, one after the other; fewer where answers fail to come. */
  async measure(count: number, patienceMs = 3000): Promise<number[]> {
    const found: number[] = [];
    for (let i = 0; i < count; i++) {
      const before = this.#n;
      const heard = new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), patienceMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
      this.#waiting = undefined;
      this.#probe();
      if (!(await heard)) break;
      if (this.#n > before) found.push(this.roundTrips.at(-1) as number);
    }
    this.#wake = undefined;
    return found;
  }

  #probe(): void {
    const now = performance.now();
    if (this.#waiting !== undefined && now - this.#sentAt < GIVE_UP_MS) return;
    const probe: LineProbe = { kind: "line", page: PAGE, n: this.#n };
    if (this.down !== undefined) probe.arrived = this.down;
    const last = this.roundTrips.at(-1);
    if (last !== undefined) probe.round_trip_ms = last;
    this.#waiting = this.#n++;
    this.#sentAt = now;
    try {
      this.#model.send(probe, undefined, [new Uint8Array(BYTES).buffer]);
    } catch {
      // Without a kernel (a saved notebook) there is nobody to shake hands with.
      this.#waiting = undefined;
    }
  }

  #hear({ n, arrived }: LineAnswer, buffers: DataView[]): void {
    if (n !== this.#waiting) return;
    this.#waiting = undefined;
    this.roundTrips.push(performance.now() - this.#sentAt);
    if (this.roundTrips.length > KEPT) this.roundTrips.shift();
    const first = this.down === undefined;
    this.up = arrived;
    this.down = buffers[0]?.byteLength === BYTES.length;
    for (const react of this.#answered) react();
    const wake = this.#wake;
    if (wake !== undefined) wake();
    else if (first) this.#probe();
  }
}

/** The buffers of a message, wherever they travelled. */
export function unpack(message: Packed, buffers: DataView[] | undefined): DataView[] {
  return message.b64 === undefined ? (buffers ?? []) : message.b64.map(fromBase64);
}

/** At once `fromCharCode` takes some ten thousand arguments, not more. */
const PIECE = 0x2000;

export function toBase64(buffer: ArrayBuffer): string {
  const bytes = new Uint8Array(buffer);
  let text = "";
  for (let from = 0; from < bytes.length; from += PIECE) {
    text += String.fromCharCode(...bytes.subarray(from, from + PIECE));
  }
  return btoa(text);
}

export function fromBase64(text: string): DataView {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new DataView(bytes.buffer);
}

/** The bytes of a trait, which are base64 in every front end; see `packed.py`. */
export function unpacked(text: string | null | undefined): Int8Array<ArrayBuffer> {
  return text ? new Int8Array(fromBase64(text).buffer as ArrayBuffer) : new Int8Array();
}

/** The value below which a share of the numbers lies; `undefined` of none. */
export function percentile(numbers: readonly number[], share: number): number | undefined {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
