// The page's window onto the kernel's rows: it asks for what is in sight, one question at a time,
// and keeps what it was told.

import type { EventFilter, EventLogToKernel, EventLogToPage, EventRow, Rows } from "../model";
import { listen, type Model, PAGE, send } from "../panel";

/** Rows further away from the last answer than this are forgotten. */
const KEPT = 600;
/** The kernel tells a page that follows the next ten ends; in the middle it is asked anew. */
const FED = 5;
/** A kernel that does not answer for so long is busy or gone, in ms. */
const PATIENCE = 3000;

export interface Range {
  first: number;
  count: number;
  follow: boolean;
}

type Wire = Pick<Model, "on" | "off" | "send">;

export class EventWindow {
  filter: EventFilter = { hidden: [], direction: "", text: "", fold: true };
  total = 0;
  /** Events that the filter has looked at, of all. */
  seen = 0;
  events = 0;
  /** The kernel does not answer. */
  silent = false;
  /** In a pause: how many events there were then. */
  until: number | null = null;
  readonly #rows = new Map<number, EventRow>();
  readonly #model: Wire;
  readonly #view: string;
  readonly #changed: () => void;
  #ask = 0;
  #open = false;
  #follows = false;
  #pushes = 0;
  #next: Range | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(model: Wire, view: string, signal: AbortSignal, changed: () => void) {
    this.#model = model;
    this.#view = view;
    this.#changed = changed;
    listen<EventLogToPage>(model, signal, (message) => {
      if (message.kind === "rows" && message.page === PAGE && message.view === view) {
        this.#take(message);
      }
    });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  row(index: number): EventRow | undefined {
    return this.#rows.get(index);
  }

  /** Ask for rows: now, or when the question that is open is answered. */
  want(range: Range): void {
    if (this.#open && !this.silent) this.#next = range;
    else this.#send(range);
  }

  /** The kernel tells the new end by itself, or answers already. */
  get fed(): boolean {
    return this.#open || (this.#follows && this.#pushes < FED);
  }

  /** Whether all rows of a range are here. */
  has({ first, count }: { first: number; count: number }): boolean {
    for (let index = first; index < first + count; index++) {
      if (!this.#rows.has(index)) return false;
    }
    return true;
  }

  /** Another filter: nothing of before holds. */
  change(filter: EventFilter, range: Range): void {
    this.filter = filter;
    this.#rows.clear();
    [this.total, this.seen] = [0, 0];
    this.#next = null;
    this.#send(range);
    this.#changed();
  }

  /** No kernel answers. */
  silence(): void {
    clearTimeout(this.#timer);
    this.silent = true;
    this.#changed();
  }

  /** Rows from elsewhere, where no kernel answers. */
  fill(rows: EventRow[]): void {
    rows.forEach((row, index) => {
      this.#rows.set(index, row);
    });
    this.total = rows.length;
    this.#changed();
  }

  #send({ first, count, follow }: Range): void {
    this.#ask += 1;
    this.#open = true;
    this.#follows = follow;
    this.#pushes = 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.silence(), PATIENCE);
    send<EventLogToKernel>(this.#model, {
      kind: "range",
      page: PAGE,
      view: this.#view,
      ask: this.#ask,
      first,
      count,
      follow,
      until: this.until,
      filter: this.filter,
    });
  }

  #take(answer: Rows): void {
    if (answer.ask !== this.#ask) return;
    clearTimeout(this.#timer);
    if (!this.#open) this.#pushes += 1;
    if (this.silent) {
      this.silent = false;
      this.#rows.clear();
    }
    [this.total, this.seen, this.events] = [answer.total, answer.seen, answer.events];
    const end = answer.first + answer.rows.length;
    for (const index of this.#rows.keys()) {
      if (index < answer.first - KEPT || index > end + KEPT) this.#rows.delete(index);
    }
    answer.rows.forEach((row, place) => {
      this.#rows.set(answer.first + place, row);
    });
    // A long search answers several times; its last answer has seen everything.
    this.#open = answer.seen < answer.events;
    if (!this.#open && this.#next !== null) {
      const next = this.#next;
      this.#next = null;
      this.#send(next);
    }
    this.#changed();
  }
}
