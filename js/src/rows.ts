// The transcript's rows as the kernel sends them: a window, and patches of what changed in it.

export type Role = "user" | "assistant" | "system" | "call" | "result" | "error";
export type RowState = "final" | "growing" | "pending" | "interrupted" | "incomplete" | "failed";

/** The same fields as `Row` in rtwidgets/widgets/transcript_rows.py. */
export interface Row {
  id: string;
  role: Role;
  /** The function's name, for calls and results. */
  name: string;
  text: string;
  state: RowState;
  /** A remark of ours beside the words. */
  note: string;
}

export interface Patch {
  /** What this patch makes of the window; it fits the window whose number is one less. */
  seq: number;
  /** New and changed rows. */
  rows: Row[];
  /** All ids from the oldest to the newest; absent where the order is as before. */
  order?: string[];
}

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
