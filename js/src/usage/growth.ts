/** How the context grows: what each response read, cached and fresh, as a small chart. */

import { h, svg } from "../dom";
import type { UsageLine } from "../model";
import { cached } from "./columns";

/** A chart of few responses has the bars of one with so many, not broad ones. */
const LEAST = 24;
/** Height in units of its own; a bar is as broad as 10 of them, the gap included. */
const HEIGHT = 100;

export interface Bar {
  number: number;
  cached: number;
  fresh: number;
}

export interface Stack extends Bar {
  x: number;
  /** Heights, of `HEIGHT`. */
  tall: { cached: number; fresh: number };
}

export const bars = (rows: readonly UsageLine[]): Bar[] =>
  rows.map((row) => {
    const read = cached(row);
    return {
      number: row.number,
      cached: read,
      fresh: row.text_in + row.audio_in + row.image_in - read,
    };
  });

/** Where the bars stand; the tallest is as tall as the picture. */
export function stacks(all: readonly Bar[]): Stack[] {
  const most = Math.max(1, ...all.map((bar) => bar.cached + bar.fresh));
  return all.map((bar, n) => ({
    ...bar,
    x: n * 10,
    tall: { cached: (bar.cached / most) * HEIGHT, fresh: (bar.fresh / most) * HEIGHT },
  }));
}

const key = (kind: "cached" | "fresh") =>
  h("span", { class: "rtw-usage_table-key", "data-kind": kind }, kind);

/** The chart and its legend. */
export function growth(rows: readonly UsageLine[], written: Intl.NumberFormat): HTMLElement {
  const all = bars(rows);
  const reads = all.map((bar) => bar.cached + bar.fresh);
  const [first = 0, last = 0] = [reads.at(0), reads.at(-1)];
  const width = Math.max(all.length, LEAST) * 10;
  const picture = svg("svg", {
    class: "rtw-usage_table-growth",
    viewBox: `0 0 ${width} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label":
      `Input tokens by response: ${written.format(first)} in the first shown, ` +
      `${written.format(last)} in the last`,
  });
  for (const { x, tall, number, ...bar } of stacks(all)) {
    const words = `Response ${number}: ${written.format(bar.fresh)} fresh, ${written.format(bar.cached)} cached`;
    const [low, high] = [HEIGHT - tall.cached, HEIGHT - tall.cached - tall.fresh];
    picture.append(
      svg(
        "g",
        {},
        svg("title", {}, words),
        svg("rect", { "data-kind": "none", x, y: 0, width: 10, height: HEIGHT }),
        svg("rect", { "data-kind": "cached", x, y: low, width: 8, height: tall.cached }),
        svg("rect", { "data-kind": "fresh", x, y: high, width: 8, height: tall.fresh }),
      ),
    );
  }
  const most = written.format(Math.max(0, ...reads));
  return h(
    "figure",
    {},
    h(
      "figcaption",
      { class: "rtw-row rtw-muted" },
      h("span", { class: "rtw-grow" }, `Input tokens by response, at most ${most}`),
      key("fresh"),
      key("cached"),
    ),
    picture,
  );
}
