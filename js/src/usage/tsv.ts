/** The table as tab-separated values, for a spreadsheet: the numbers exact, money in dollars. */

import type { UsageTableTraits } from "../model";
import { columnsOf, filled } from "./columns";

export type Shown = Pick<UsageTableTraits, "rows" | "older_lines" | "total" | "transcription">;

/** A head, a line for each response, the total: what `UsageTable.to_tsv()` writes. */
export function tsv({ rows, older_lines, total, transcription }: Shown): string {
  if (!filled(total)) return "";
  const keys = columnsOf(total).map(({ key }) => key);
  const lines: (string | number)[][] = [["response", "status", ...keys, "usd"]];
  const [names = [], ...older] = older_lines.split("\n").map((line) => line.split("\t"));
  for (const [index, line] of older.entries()) {
    const cells = ["status", ...keys, "usd"].map((key) => line[names.indexOf(key)] ?? "");
    lines.push([index + 1, ...cells]);
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
