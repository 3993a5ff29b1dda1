/** The one painter: rectangles and words onto a canvas, in colours of the notebook's theme. */

import type { Rect } from "./bars";

/** Size the canvas to its box on this screen; returns its size in CSS px. */
export function sizeCanvas(canvas: HTMLCanvasElement): { width: number; height: number } {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = globalThis.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
  }
  return { width, height };
}

/** Rectangles of one colour, the name of a CSS variable. */
export interface Group {
  rects: Rect[];
  color: string;
}

/** A short text; `y` is its baseline. */
export interface Words {
  x: number;
  y: number;
  text: string;
  color: string;
}

/** Clear the canvas, fill the rectangles with the values of their colours, and write the words. */
export function paint(canvas: HTMLCanvasElement, groups: Group[], words: Words[] = []): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const scale = globalThis.devicePixelRatio || 1;
  const style = getComputedStyle(canvas);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (const { rects, color } of groups) {
    context.fillStyle = style.getPropertyValue(color).trim() || style.color;
    for (const { x, y, width, height } of rects) context.fillRect(x, y, width, height);
  }
  if (words.length > 0) context.font = `${style.fontSize} ${style.fontFamily}`;
  for (const { x, y, text, color } of words) {
    context.fillStyle = style.getPropertyValue(color).trim() || style.color;
    context.fillText(text, x, y);
  }
}

/** Whether the person wants less motion; `matches` follows what is wished now. */
export const motion = (): { readonly matches: boolean } =>
  globalThis.matchMedia?.("(prefers-reduced-motion: reduce)") ?? { matches: false };

export interface Redraw {
  /** Draw soon: with the next animation frame, at most 20 times a second. */
  request(): void;
}

/** Times between two pictures in ms, as usual and with reduced motion. */
const APART = 50;
const APART_LESS = 500;

/**
 * How long until the next tick, in ms. All canvases of a page, also those of other bundles, draw
 * at the same ticks: the page is then put together 20 times a second and not once for each.
 */
const nextTick = (now: number, apart: number): number => apart - (now % apart);

/**
 * Calls `draw` when asked to, and when the theme or the size of `element` changes. Nothing runs
 * while nothing was asked; with reduced motion it draws at most twice a second.
 */
export function redraw(element: HTMLElement, signal: AbortSignal, draw: () => void): Redraw {
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const less = motion();

  const now = () => {
    frame = 0;
    if (signal.aborted) return;
    draw();
  };
  const request = () => {
    if (frame !== 0 || timer !== undefined || signal.aborted) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        frame = requestAnimationFrame(now);
      },
      nextTick(performance.now(), less.matches ? APART_LESS : APART),
    );
  };

  const sizes = new ResizeObserver(request);
  sizes.observe(element);
  const themes = new MutationObserver(request);
  const attributeFilter = ["class", "style", "data-jp-theme-name", "data-jp-theme-light"];
  themes.observe(document.body, { attributes: true, attributeFilter });
  const dark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
  dark?.addEventListener("change", request, { signal });
  signal.addEventListener("abort", () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    sizes.disconnect();
    themes.disconnect();
  });
  request();
  return { request };
}
