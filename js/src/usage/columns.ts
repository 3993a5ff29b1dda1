/** The columns of the usage table, and what the number in one of them cost. Pure. */

import type { UsageCounts } from "../model";
import { dollars } from "./money";

export type Count = Exclude<keyof UsageCounts, "money" | "usd" | "formula" | "prices">;

export interface Column {
  key: Count;
  group: string;
  head: string;
  title: string;
  /** The last column of its group. */
  end: boolean;
}

const column = (key: Count, group: string, head: string, title: string) => ({
  key,
  group,
  head,
  title,
});

const IN = "read, the cached ones included";
const CACHED = "of those read: cached, which cost less";
const OUT = "written";

const COLUMNS: Omit<Column, "end">[] = [
  column("text_in", "Text", "in", `Text tokens ${IN}`),
  column("text_cached", "Text", "cached", `Text tokens ${CACHED}`),
  column("text_out", "Text", "out", `Text tokens ${OUT}`),
  column("audio_in", "Audio", "in", `Audio tokens ${IN}`),
  column("audio_cached", "Audio", "cached", `Audio tokens ${CACHED}`),
  column("audio_out", "Audio", "out", `Audio tokens ${OUT}`),
  column("image_in", "Image", "in", `Image tokens ${IN}`),
  column("image_cached", "Image", "cached", `Image tokens ${CACHED}`),
  column("untold_cached", "Kind not told", "cached", "Priced as text, as the list does"),
  column("total", "", "Total", "All tokens of the response"),
];

/**
 * Those that say something: pictures have columns only where there are pictures. With `folded`
 * without the cached ones, which are a part of those in.
 */
export function columnsOf(total: UsageCounts, folded = false): Column[] {
  const shown = COLUMNS.filter(({ key }) => {
    if (folded && key.endsWith("_cached")) return false;
    if (key === "image_in" || key === "image_cached") return total.image_in > 0;
    return key !== "untold_cached" || total.untold_cached > 0;
  });
  return shown.map((one, place) => ({ ...one, end: shown[place + 1]?.group !== one.group }));
}

/** Is there something in a trait that is `{}` where there is nothing? */
export const filled = <T extends object>(value: T | Record<string, never>): value is T =>
  Object.keys(value).length > 0;

/** All cached tokens of a row, whatever their kind. */
export const cached = (row: UsageCounts): number =>
  row.text_cached + row.audio_cached + row.image_cached + row.untold_cached;

/** Tokens of a column by the kinds of the price list, and those kinds. */
function kinds(row: UsageCounts, key: Count): [string, number][] {
  switch (key) {
    case "text_in": {
      const read = row.text_cached + row.untold_cached;
      return [
        ["text in", row.text_in - read],
        ["text in, cached", read],
      ];
    }
    case "audio_in":
    case "image_in": {
      const kind = key === "audio_in" ? "audio" : "image";
      const read = row[`${kind}_cached`];
      return [
        [`${kind} in`, row[key] - read],
        [`${kind} in, cached`, read],
      ];
    }
    case "text_cached":
    case "untold_cached":
      return [["text in, cached", row[key]]];
    case "audio_cached":
    case "image_cached":
      return [[`${key.slice(0, 5)} in, cached`, row[key]]];
    case "text_out":
    case "audio_out":
      return [[`${key.slice(0, key.indexOf("_"))} out`, row[key]]];
    default:
      return [];
  }
}

/** `(56 × $32.00 + 64 × $0.40) / 1e6 = $0.0018176`; null where no prices are known. */
export function cost(
  row: UsageCounts,
  key: Count,
  rates: Record<string, Record<string, string>>,
): string | null {
  const prices = rates[row.prices];
  if (prices === undefined) return null;
  const parts: [number, string][] = [];
  for (const [kind, tokens] of kinds(row, key)) {
    const price = prices[kind];
    if (tokens === 0) continue;
    if (price === undefined) return null;
    parts.push([tokens, price]);
  }
  if (parts.length === 0) return null;
  const terms = parts.map(([tokens, price]) => `${tokens.toLocaleString("en-US")} × ${price}`);
  const sum = terms.length === 1 ? terms[0] : `(${terms.join(" + ")})`;
  return `${sum} / 1e6 = ${dollars(parts)}`;
}
