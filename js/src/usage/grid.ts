/** One stop of the tab key for a whole table: arrows move from cell to cell. */

const STEPS: Record<string, [down: number, right: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Cells that explain themselves carry `data-place`: the row and the column that they stand in. */
const CELLS = "[data-place]";

export interface Grid {
  /** After the cells were made anew: the stop is where it was, or at the last row's end. */
  settle(): void;
}

/** Listen on `table`'s frame; `explain` hears of the cell that has the focus, null of its loss. */
export function grid(
  frame: HTMLElement,
  signal: AbortSignal,
  explain: (cell: HTMLElement | null) => void,
): Grid {
  let place = "";
  /** Somebody chose that place. */
  let chosen = false;

  const all = () => [...frame.querySelectorAll<HTMLElement>(CELLS)];
  const stop = (cell: HTMLElement) => {
    for (const other of frame.querySelectorAll<HTMLElement>('[tabindex="0"]')) other.tabIndex = -1;
    cell.tabIndex = 0;
    place = cell.dataset.place ?? "";
  };

  /** The cell so many steps away, in the table as it is seen. */
  const next = (from: HTMLElement, [down, right]: [number, number]): HTMLElement | undefined => {
    const rows = [...frame.querySelectorAll("tr")]
      .map((row) => [...row.querySelectorAll<HTMLElement>(CELLS)])
      .filter((cells) => cells.length > 0);
    const y = rows.findIndex((cells) => cells.includes(from));
    const row = rows[y];
    if (row === undefined) return undefined;
    const x = row.indexOf(from);
    if (right !== 0) return row[x + right];
    const other = rows[y + down];
    if (other === undefined) return undefined;
    // A row with fewer cells (transcription has one) meets the others at its end.
    return other[Math.max(0, other.length - (row.length - x))] ?? other.at(-1);
  };

  frame.addEventListener(
    "keydown",
    (event) => {
      const cell = (event.target as Element).closest<HTMLElement>(CELLS);
      if (cell === null || event.ctrlKey || event.altKey || event.metaKey) return;
      const row = [...(cell.closest("tr")?.querySelectorAll<HTMLElement>(CELLS) ?? [])];
      const step = STEPS[event.key];
      const to =
        event.key === "Home" ? row[0] : event.key === "End" ? row.at(-1) : step && next(cell, step);
      if (to === undefined) return;
      event.preventDefault();
      to.focus();
    },
    { signal },
  );
  frame.addEventListener(
    "focusin",
    (event) => {
      const cell = (event.target as Element).closest<HTMLElement>(CELLS);
      if (cell === null) return;
      stop(cell);
      chosen = true;
      explain(cell);
    },
    { signal },
  );
  return {
    settle() {
      const cells = all();
      const same = chosen ? cells.find((cell) => cell.dataset.place === place) : undefined;
      chosen = same !== undefined;
      const cell =
        same ?? frame.querySelector<HTMLElement>(`tbody tr:last-child ${CELLS}:last-child`);
      if (cell !== null) stop(cell);
      explain(same ?? null);
    },
  };
}
