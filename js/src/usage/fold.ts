/** A table that is wider than its frame folds some of its columns, so that the others are seen. */

export interface Fold {
  readonly folded: boolean;
  /** After the cells were made anew. */
  settle(): void;
}

/** `redraw` makes the table of `frame` anew, by `folded`; a frame that grows again unfolds it. */
export function fold(frame: HTMLElement, signal: AbortSignal, redraw: () => void): Fold {
  let folded = false;
  /** How wide the whole table was when it did not fit. */
  let whole = 0;
  const settle = () => {
    const { clientWidth, scrollWidth } = frame;
    if (clientWidth === 0) return; // nobody sees it
    if (!folded && scrollWidth > clientWidth) whole = scrollWidth;
    if (clientWidth < whole === folded) return;
    folded = clientWidth < whole;
    redraw();
  };
  const sizes = new ResizeObserver(settle);
  sizes.observe(frame);
  signal.addEventListener("abort", () => sizes.disconnect());
  return {
    get folded() {
      return folded;
    },
    settle,
  };
}
