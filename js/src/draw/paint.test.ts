import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { paint, redraw, sizeCanvas } from "./paint";

function canvasOf(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  Object.defineProperty(canvas, "clientWidth", { value: width });
  Object.defineProperty(canvas, "clientHeight", { value: height });
  return canvas;
}

describe("the painter", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("sizes the canvas to its box on the screen", () => {
    vi.stubGlobal("devicePixelRatio", 1.5);
    const canvas = canvasOf(100, 40);
    expect(sizeCanvas(canvas)).toEqual({ width: 100, height: 40 });
    expect([canvas.width, canvas.height]).toEqual([150, 60]);
  });

  it("fills rectangles with the colours of the theme", () => {
    vi.stubGlobal("devicePixelRatio", 1);
    const drawn: unknown[] = [];
    const context = {
      fillStyle: "",
      setTransform: () => {},
      clearRect: () => {},
      fillRect(...rect: number[]) {
        drawn.push([this.fillStyle, ...rect]);
      },
    };
    const canvas = canvasOf(10, 10);
    canvas.getContext = (() => context) as unknown as HTMLCanvasElement["getContext"];
    canvas.style.setProperty("--rtw-user", "teal");
    document.body.append(canvas);
    paint(canvas, [{ rects: [{ x: 1, y: 2, width: 3, height: 4 }], color: "--rtw-user" }]);
    expect(drawn).toEqual([["teal", 1, 2, 3, 4]]);
  });

  it("draws nothing where there is no canvas to draw on", () => {
    const canvas = canvasOf(10, 10);
    canvas.getContext = (() => null) as unknown as HTMLCanvasElement["getContext"];
    expect(() => paint(canvas, [])).not.toThrow();
  });
});

describe("redraw", () => {
  let less = false;

  beforeEach(() => {
    vi.useFakeTimers();
    less = false;
    vi.stubGlobal("matchMedia", (query: string) => ({
      matches: less && query.includes("motion"),
      addEventListener: () => {},
    }));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  /** Ask for a picture every 10 ms of a second. */
  function pictures(): number {
    const draw = vi.fn();
    const life = new AbortController();
    const { request } = redraw(document.createElement("canvas"), life.signal, draw);
    for (let i = 0; i < 100; i++) {
      request();
      vi.advanceTimersByTime(10);
    }
    life.abort();
    request();
    const count = draw.mock.calls.length;
    vi.advanceTimersByTime(1000);
    expect(draw.mock.calls.length).toBe(count);
    return count;
  }

  it("paints at most 20 pictures a second", () => {
    const count = pictures();
    expect(count).toBeGreaterThan(10);
    expect(count).toBeLessThanOrEqual(21);
  });

  it("lets all canvases of a page draw at the same moments", () => {
    const at: Record<string, number[]> = { one: [], other: [] };
    const life = new AbortController();
    const paint = (name: string) =>
      redraw(document.createElement("canvas"), life.signal, () => at[name]?.push(Date.now()));
    const one = paint("one");
    vi.advanceTimersByTime(17);
    const other = paint("other");
    for (let i = 0; i < 70; i++) {
      if (i % 2 === 0) one.request();
      if (i % 3 === 0) other.request();
      vi.advanceTimersByTime(7);
    }
    life.abort();
    expect(at.other?.length).toBeGreaterThan(5);
    for (const moment of at.other ?? []) expect(at.one).toContain(moment);
  });

  it("paints two a second for who wants less motion", () => {
    less = true;
    expect(pictures()).toBeLessThanOrEqual(3);
  });

  it("paints once, and again when the theme changes, but not by itself", async () => {
    const draw = vi.fn();
    redraw(document.createElement("canvas"), new AbortController().signal, draw);
    vi.advanceTimersByTime(1000);
    expect(draw).toHaveBeenCalledTimes(1);
    document.body.dataset.jpThemeLight = "false";
    await vi.advanceTimersByTimeAsync(1000);
    expect(draw).toHaveBeenCalledTimes(2);
  });
});
