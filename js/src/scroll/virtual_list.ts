// A list of any length of which only the rows in sight are in the page. It follows its end until
// the reader scrolls up, and again when the reader comes back down.

import { h } from "../dom";
import { around, height, type List, revealed, rowAt, topOf } from "./geometry";

/** Rows that are drawn beyond what is seen, on either side. */
const EXTRA = 8;
/** Nearer to the end than this, in rows, the reader follows. */
const AT_END = 1.5;
/** What a box counts as where it has no size yet. */
const UNSIZED = 320;

export interface ListOptions {
  /** The box that scrolls. */
  box: HTMLElement;
  /** Where the rows go: in the box, below whatever stays at its top. */
  rows: HTMLElement;
  /** Height of a row, in px. */
  row: number;
  /** Height of what stays at the top of the box, in px. */
  head: number;
  signal: AbortSignal;
  /** Make `element` show row `index`. */
  draw: (index: number, element: HTMLElement) => void;
  /** The rows in sight are others now, or the reader began or ceased to follow. */
  moved: () => void;
}

export class VirtualList {
  follows = true;
  total = 0;
  readonly #options: ListOptions; // its own: heights may change
  readonly #elements = new Map<number, HTMLElement>();
  // What was read of the box: reading it anew would lay the page out anew, at each change.
  #top: number;
  #size: number;
  #height = 0;

  constructor(options: ListOptions) {
    this.#options = { ...options };
    const { box, rows, signal } = options;
    rows.style.position = "relative";
    [this.#top, this.#size] = [box.scrollTop, box.clientHeight];
    box.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    // A tab that opens, a reader who drags the corner.
    const sizes = new ResizeObserver(() => this.#resized());
    sizes.observe(box);
    signal.addEventListener("abort", () => sizes.disconnect());
  }

  get #list(): List {
    const { row, head } = this.#options;
    return { total: this.total, row, view: Math.max(row, (this.#size || UNSIZED) - head) };
  }

  /** The row at the top, as a fraction. */
  get #first(): number {
    return rowAt(this.#top, this.#list);
  }

  /** The rows that have to be there. */
  get range(): { first: number; count: number } {
    const list = this.#list;
    return around(this.follows ? list.total - list.view / list.row : this.#first, list, EXTRA);
  }

  /** How many rows are seen at once. */
  get page(): number {
    return Math.max(1, Math.floor(this.#list.view / this.#options.row) - 1);
  }

  /** There are so many rows now. */
  set(total: number): void {
    this.total = total;
    const tall = height(this.#list);
    if (tall !== this.#height) this.#options.rows.style.height = `${tall}px`;
    // A box that became shorter scrolls by itself.
    if (tall < this.#height) this.#top = this.#options.box.scrollTop;
    this.#height = tall;
    if (this.follows) this.#scrollTo(this.#list.total);
    this.paint();
  }

  /** Rows have another height from now on; the one at the top stays there. */
  resize(row: number, head: number): void {
    const first = this.#first;
    Object.assign(this.#options, { row, head });
    this.set(this.total);
    if (!this.follows) {
      this.#scrollTo(first);
      this.paint();
    }
    this.#options.moved();
  }

  /** Follow the end from now on. */
  toEnd(): void {
    this.follows = true;
    this.set(this.total);
    this.#options.moved();
  }

  /** Bring a row into sight. */
  reveal(index: number): void {
    const list = this.#list;
    this.follows = index >= list.total - 1;
    this.#scrollTo(this.follows ? list.total : revealed(index, this.#first, list));
    this.paint();
    this.#options.moved();
  }

  /** Draw the rows in sight again. */
  paint(): void {
    const { rows, row, draw } = this.#options;
    const list = this.#list;
    const top = this.#first;
    const { first, count } = around(top, list, EXTRA);
    // Elements that go out of sight at one end come in at the other.
    const free: HTMLElement[] = [];
    for (const [index, element] of this.#elements) {
      if (index >= first && index < first + count) continue;
      free.push(element);
      this.#elements.delete(index);
    }
    // In a list that is taller than its box, rows stand where the reader looks.
    const shift = height(list) < list.total * row ? this.#top - top * row : 0;
    // From the last to the first, so that each finds the one that it stands before.
    for (let index = first + count - 1; index >= first; index--) {
      let element = this.#elements.get(index);
      if (element === undefined) {
        element = free.pop() ?? h("div", {});
        this.#elements.set(index, element);
        rows.insertBefore(element, this.#elements.get(index + 1) ?? null);
      }
      const place = `translateY(${index * row + shift}px)`;
      if (element.style.transform !== place) element.style.transform = place;
      draw(index, element);
    }
    for (const element of free) element.remove();
  }

  #scrollTo(first: number): void {
    const { box } = this.#options;
    box.scrollTop = topOf(first, this.#list);
    this.#top = box.scrollTop;
  }

  /** Whether the box has another height than before; what is seen is put right then. */
  #resized(): boolean {
    const { clientHeight } = this.#options.box;
    if (clientHeight === this.#size) return false;
    this.#size = clientHeight;
    this.set(this.total);
    this.#options.moved();
    return true;
  }

  #scrolled(): void {
    // A box that grew scrolled by itself, and may say so before it says that it grew.
    if (this.#resized()) return;
    const list = this.#list;
    const end = list.total - list.view / list.row;
    const { scrollTop } = this.#options.box;
    const first = rowAt(scrollTop, list);
    // The end moves away by itself; only a reader who scrolls up stops following.
    this.follows = first >= end - AT_END || (this.follows && scrollTop >= this.#top);
    this.#top = scrollTop;
    this.paint();
    this.#options.moved();
  }
}
