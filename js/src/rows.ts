/** The transcript's window of rows, and the patches that the kernel sends of it. Pure. */

import type { Patch, Row } from "./model";

/** The window after the patch, or null where a row of the order is unknown. */
export function applyPatch(rows: readonly Row[], patch: Patch): Row[] | null {
  const known = new Map(rows.map((row) => [row.id, row]));
  for (const row of patch.rows) known.set(row.id, row);
  const result: Row[] = [];
  for (const id of patch.order ?? rows.map((row) => row.id)) {
    const row = known.get(id);
    if (row === undefined) return null;
    result.push(row);
  }
  return result;
}
