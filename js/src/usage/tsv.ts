/** The table as tab-separated values, for a spreadsheet: the numbers exact, money in dollars. */

import type { UsageTableTraits } from "../model";
import { columnsOf, filled } from "./columns";

export type Shown = Pick<
  UsageTableTraits,
  "rows" | "older" | "older_total" | "total" | "transcription"
>;

/** A head, a line for each row of the page, the total. As `UsageTable.to_tsv()` writes it. */
export function tsv({ rows, older, older_total, total, transcription }: Shown): string {
  if (!filled(total)) return "";
  const keys = columnsOf(total).map(({ key }) => key);
  const lines: (string | number)[][] = [["response", "status", ...keys, "usd"]];
  if (filled(older_total)) {
    lines.push([`1-${older}`, "", ...keys.map((key) => older_total[key]), older_total.usd]);
  }
  for (const row of rows) {
    lines.push([row.number, row.status, ...keys.map((key) => row[key]), row.usd]);
  }
  if (filled(transcription)) {
    lines.push(["transcription", "", ...keys.map(() => ""), transcription.usd]);
  }
  lines.push(["total", "", ...keys.map((key) => total[key]), total.usd]);
  return lines.map((line) => `${line.join("\t")}\n`).join("");
}
