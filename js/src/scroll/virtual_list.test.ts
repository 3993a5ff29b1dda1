import { afterEach, beforeEach, expect, test } from "vitest";
import { h } from "../dom";
import { VirtualList } from "./virtual_list";

let box: HTMLElement;
let rows: HTMLElement;
let list: VirtualList;
let life: AbortController;
let moves = 0;

beforeEach(() => {
  life = new AbortController();
  rows = h("div", {});
  box = h("div", {}, rows);
  document.body.append(box);
  // happy-dom lays nothing out: a box of 10 rows whose content may be scrolled to its end.
  Object.defineProperty(box, "clientHeight", { value: 220, configurable: true });
  let top = 0;
  Object.defineProperty(box, "scrollTop", {
    configurable: true,
    get: () => top,
    set: (value: number) => {
      const end = Number.parseFloat(rows.style.height || "0") - 220;
      top = Math.min(Math.max(0, value), Math.max(0, end));
    },
  });
  moves = 0;
  list = new VirtualList({
    box,
    rows,
    row: 22,
    head: 0,
    signal: life.signal,
    draw: (index, element) => {
      element.textContent = `row ${index}`;
    },
    moved: () => {
      moves += 1;
    },
  });
});

afterEach(() => {
  life.abort();
  box.remove();
});

const drawn = () => [...rows.children].map((row) => Number(row.textContent?.slice(4)));
const scroll = (top: number) => {
  box.scrollTop = top;
  box.dispatchEvent(new Event("scroll"));
};

test("of a long list only what is in sight is in the page", () => {
  list.set(100_000);
  expect(drawn()).toHaveLength(18);
  expect(drawn().at(-1)).toBe(99_999);
  scroll(0);
  expect(drawn()[0]).toBe(0);
  expect(drawn()).toHaveLength(18);
  expect(rows.style.height).toBe("2200000px");
});

test("rows stand in the page in their order, whichever way the reader came", () => {
  list.set(1000);
  for (const top of [5000, 4800, 9000, 100, 0]) {
    scroll(top);
    expect(drawn()).toEqual([...drawn()].sort((a, b) => a - b));
  }
});

test("rows that become higher leave the reader where they were", () => {
  list.set(1000);
  scroll(100 * 22);
  list.resize(40, 0);
  expect(box.scrollTop).toBe(100 * 40);
  expect(rows.style.height).toBe("40000px");
  expect(list.follows).toBe(false);
  list.toEnd();
  list.resize(22, 0);
  expect(box.scrollTop).toBe(1000 * 22 - 220);
  expect(list.follows).toBe(true);
});

test("a box that grows scrolls by itself, and goes on following", () => {
  list.set(100);
  Object.defineProperty(box, "clientHeight", { value: 440, configurable: true });
  scroll(100 * 22 - 440); // told before the new height is
  expect(list.follows).toBe(true);
  expect(drawn().at(-1)).toBe(99);
});

test("it follows the end until the reader scrolls up, and again at the end", () => {
  list.set(100);
  list.set(200);
  expect(box.scrollTop).toBe(200 * 22 - 220);
  scroll(1000);
  expect(list.follows).toBe(false);
  list.set(300);
  expect(box.scrollTop).toBe(1000);
  scroll(300 * 22 - 220);
  expect(list.follows).toBe(true);
  list.set(400);
  expect(box.scrollTop).toBe(400 * 22 - 220);
});

test("a row is brought into sight", () => {
  list.set(1000);
  list.reveal(10);
  expect(list.follows).toBe(false);
  expect(box.scrollTop).toBe(220);
  list.reveal(25);
  expect(box.scrollTop).toBe(16 * 22);
  list.reveal(20);
  expect(box.scrollTop).toBe(16 * 22);
  list.reveal(999);
  expect(list.follows).toBe(true);
  expect(moves).toBe(4);
});

test("five million rows are all within reach", () => {
  list.set(5_000_000);
  expect(drawn().at(-1)).toBe(4_999_999);
  list.reveal(2_500_000);
  expect(drawn()).toContain(2_500_000);
  const line = [...rows.children].find((row) => row.textContent === "row 2500000");
  const place = Number(/translateY\((.*)px\)/.exec((line as HTMLElement).style.transform)?.[1]);
  expect(place - box.scrollTop).toBeGreaterThanOrEqual(-1);
  expect(place - box.scrollTop).toBeLessThan(221);
});
