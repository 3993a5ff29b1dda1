import { expect, test } from "vitest";
import type { UsageCounts } from "../model";
import { columnsOf } from "./columns";
import { fold } from "./fold";

/** A page has sizes, a test has none. */
function frame(): { element: HTMLElement; size: (client: number, table: number) => void } {
  const element = document.createElement("div");
  const size = (clientWidth: number, scrollWidth: number) => {
    Object.defineProperty(element, "clientWidth", { value: clientWidth, configurable: true });
    Object.defineProperty(element, "scrollWidth", { value: scrollWidth, configurable: true });
  };
  return { element, size };
}

test("a table that does not fit is folded, and unfolded where it fits again", () => {
  const { element, size } = frame();
  const drawn: boolean[] = [];
  const life = new AbortController();
  const now = fold(element, life.signal, () => drawn.push(now.folded));
  size(0, 500);
  now.settle();
  size(600, 600);
  now.settle();
  expect(drawn).toEqual([]);
  size(450, 500);
  now.settle();
  size(450, 450);
  now.settle();
  expect(drawn).toEqual([true]);
  size(499, 499);
  now.settle();
  size(500, 500);
  now.settle();
  expect(drawn).toEqual([true, false]);
  life.abort();
});

test("folded are the cached tokens, which are a part of others", () => {
  const total = { image_in: 5, untold_cached: 7 } as UsageCounts;
  const keys = columnsOf(total, true).map(({ key }) => key);
  expect(keys).toEqual(["text_in", "text_out", "audio_in", "audio_out", "image_in", "total"]);
  const ends = columnsOf(total, true).filter(({ end }) => end);
  expect(ends.map(({ key }) => key)).toEqual(["text_out", "audio_out", "image_in", "total"]);
});
