/** Bytes as a picture in one colour of the theme: 0 is clear, 255 is full. */

/** RGBA of `values` in a colour. */
export function tint(
  values: Uint8Array,
  [red, green, blue]: readonly [number, number, number],
): Uint8ClampedArray<ArrayBuffer> {
  const result = new Uint8ClampedArray(4 * values.length);
  for (let i = 0; i < values.length; i++) {
    result[4 * i] = red;
    result[4 * i + 1] = green;
    result[4 * i + 2] = blue;
    result[4 * i + 3] = values[i] as number;
  }
  return result;
}

/** `#0097a7` or `rgb(0, 151, 167)` as numbers; what is neither is grey. */
export function rgb(color: string): [number, number, number] {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(color);
  const [red, green, blue] =
    hex === null
      ? (color.match(/[\d.]+/g) ?? []).map(Number)
      : hex.slice(1).map((part) => Number.parseInt(part, 16));
  if (red === undefined || green === undefined || blue === undefined) return [128, 128, 128];
  return [red, green, blue];
}

export interface Heat {
  values: Uint8Array;
  columns: number;
  rows: number;
}

/** Paint it over what is on the canvas, from `x` on, `width` px wide and as tall as the canvas. */
export function paintHeat(
  canvas: HTMLCanvasElement,
  heat: Heat,
  color: string,
  x: number,
  width: number,
): void {
  const context = canvas.getContext("2d");
  if (context === null || heat.values.length !== heat.columns * heat.rows) return;
  const style = getComputedStyle(canvas);
  // The context writes any colour of CSS as numbers.
  context.fillStyle = style.getPropertyValue(color).trim() || style.color;
  const pixels = tint(heat.values, rgb(String(context.fillStyle)));
  const image = document.createElement("canvas");
  image.width = heat.columns;
  image.height = heat.rows;
  image.getContext("2d")?.putImageData(new ImageData(pixels, heat.columns, heat.rows), 0, 0);
  context.drawImage(image, x, 0, width, canvas.clientHeight);
}
