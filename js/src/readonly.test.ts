import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { h } from "./dom";
import { FakeModel } from "./fake_model";
import type { PanelTraits } from "./model";
import { definePanel, isReadonly, needsKernel } from "./panel";

/** A kernel that answers the handshake when it is told to. */
class Kernel extends FakeModel<PanelTraits> {
  #open: Record<string, unknown>[] = [];

  override send(message: Record<string, unknown>): void {
    this.#open.push(message);
  }

  answer(): void {
    const open = this.#open;
    this.#open = [];
    for (const { page, n } of open) this.receive({ kind: "line", page, n, arrived: true });
  }
}

let kernel: Kernel;
let life: AbortController;
/** What the runtime gives to a view. */
let el: HTMLElement;

const widget = definePanel<PanelTraits, null>({
  word: "sample",
  label: "Sample",
  styles: "",
  start: () => null,
  draw: ({ root }) => {
    const [press, fold] = [h("button", {}, "Press"), h("button", {}, "Fold")];
    needsKernel(press);
    root.append(press, fold);
  },
});

beforeEach(() => {
  vi.useFakeTimers();
  kernel = new Kernel({ panel_id: String(Math.random()), problem: "" });
  life = new AbortController();
  el = document.createElement("div");
});

afterEach(() => {
  life.abort();
  vi.useRealTimers();
});

/** ipywidgets' view, of a model with or without a comm. */
function ofIpywidgets(connected: boolean): void {
  el.classList.add("lm-Widget");
  el.classList.toggle("jupyter-widgets-disconnected", !connected);
}

function render(): HTMLElement {
  widget.render({ model: kernel.asModel, el, signal: life.signal });
  return el.querySelector("section") as HTMLElement;
}

const inert = () => [...el.querySelectorAll("button")].map((b) => b.hasAttribute("inert"));
const says = () => el.querySelector<HTMLElement>(".rtw-saved") as HTMLElement;

describe("a panel without a kernel", () => {
  it("says so at once, and what needs the kernel cannot be pressed", async () => {
    ofIpywidgets(false);
    const root = render();
    expect(root.dataset.readonly).toBe("saved");
    expect(says().textContent).toMatch(/^Saved; no kernel/);
    await Promise.resolve();
    expect(inert()).toEqual([true, false]);
    const late = h("button", {}, "Later");
    needsKernel(late);
    root.append(late);
    await vi.advanceTimersByTimeAsync(0);
    expect(inert()).toEqual([true, false, true]);
  });

  it("knows it from a view around it", () => {
    const outer = document.createElement("div");
    outer.className = "lm-Widget jupyter-widgets-disconnected";
    outer.append(el);
    expect(isReadonly(render())).toBe(true);
  });

  it("says so when the kernel goes, and comes to life when it is back", async () => {
    ofIpywidgets(true);
    const root = render();
    kernel.answer();
    kernel.fire("comm_live_update");
    ofIpywidgets(false); // the view hears it after us
    await vi.advanceTimersByTimeAsync(1);
    expect(root.dataset.readonly).toBe("gone");
    expect(inert()).toEqual([true, false]);
    ofIpywidgets(true);
    kernel.fire("comm_live_update");
    await vi.advanceTimersByTimeAsync(1);
    expect(isReadonly(root)).toBe(false);
    expect(inert()).toEqual([false, false]);
    expect(says().hidden).toBe(true);
  });

  it("ends with the signal", async () => {
    ofIpywidgets(true);
    const root = render();
    life.abort();
    ofIpywidgets(false);
    kernel.fire("comm_live_update");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(isReadonly(root)).toBe(false);
    expect(kernel.handlerCount).toBe(0);
  });
});

describe("a kernel that is slow", () => {
  it("is none only for a host that tells nothing, and only for a while", async () => {
    const root = render();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(isReadonly(root)).toBe(false);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(root.dataset.readonly).toBe("silent");
    kernel.answer();
    expect(isReadonly(root)).toBe(false);
    expect(inert()).toEqual([false, false]);
  });

  it("is a kernel where the runtime has its comm", async () => {
    ofIpywidgets(true);
    const root = render();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(isReadonly(root)).toBe(false);
  });

  it("answers in time, and the panel was never anything else", async () => {
    const root = render();
    await vi.advanceTimersByTimeAsync(3_000);
    kernel.answer();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(isReadonly(root)).toBe(false);
  });
});
