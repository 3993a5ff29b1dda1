import { describe, expect, it, vi } from "vitest";
import { h, icon, put, setText } from "./dom";
import { FakeModel } from "./fake_model";
import type { PanelTraits } from "./model";
import { type DrawContext, definePanel, listen, onKernelGone, PAGE, send, watch } from "./panel";

interface Traits extends PanelTraits {
  left: number;
  right: number;
}

const TRAITS: Traits = { panel_id: "p1", problem: "", left: 1, right: 2 };
const tick = () => Promise.resolve();

describe("watch", () => {
  it("reacts at once, and once for changes that come together", async () => {
    const model = new FakeModel<Traits>(TRAITS);
    const react = vi.fn();
    watch(model.asModel, ["left", "right"], new AbortController().signal, react);
    expect(react).toHaveBeenCalledTimes(1);
    model.write({ left: 5, right: 6 });
    await tick();
    expect(react).toHaveBeenCalledTimes(2);
  });

  it("ends with the signal, even for what is due", async () => {
    const model = new FakeModel<Traits>(TRAITS);
    const life = new AbortController();
    const react = vi.fn();
    watch(model.asModel, ["left"], life.signal, react);
    model.write({ left: 5 });
    life.abort();
    await tick();
    expect(react).toHaveBeenCalledTimes(1);
    expect(model.handlerCount).toBe(0);
  });
});

describe("messages", () => {
  it("are heard until the signal ends, if they are messages", () => {
    const model = new FakeModel<Traits>(TRAITS);
    const life = new AbortController();
    const take = vi.fn();
    listen(model.asModel, life.signal, take);
    model.fire("msg:custom", null);
    model.fire("msg:custom", "text");
    model.fire("msg:custom", { no: "kind" });
    model.receive({ kind: "known" });
    life.abort();
    model.receive({ kind: "late" });
    expect(take.mock.calls).toEqual([[{ kind: "known" }, []]]);
  });

  it("that cannot be sent stop nobody", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const dead = {
      send: () => {
        throw new Error("no kernel");
      },
    };
    send(dead, { kind: "bye" });
    expect(warn).toHaveBeenCalledOnce();
  });

  it("tell when the kernel is gone", () => {
    const model = new FakeModel<Traits>(TRAITS);
    const life = new AbortController();
    const react = vi.fn();
    onKernelGone(model.asModel, life.signal, react);
    model.fire("comm_live_update");
    life.abort();
    model.fire("comm_live_update");
    expect(react).toHaveBeenCalledOnce();
  });
});

describe("a panel", () => {
  function sample() {
    const started = vi.fn();
    const draw = vi.fn(({ root }: DrawContext<Traits, object>) => {
      root.append(h("p", {}, "drawn"));
    });
    const widget = definePanel<Traits, object>({
      word: "sample",
      label: "Sample",
      styles: ".rtw {}",
      start: (context) => {
        started(context);
        return {};
      },
      draw,
    });
    return { widget, started, draw };
  }

  it("starts once a model and draws once a view, whatever wraps the model", () => {
    const { widget, started, draw } = sample();
    // The runtime gives another wrapper to every call.
    const model = () => new FakeModel<Traits>(TRAITS).asModel;
    const life = new AbortController().signal;
    widget.initialize({ model: model(), signal: life });
    for (let view = 0; view < 3; view++) {
      const el = document.createElement("div");
      widget.render({ model: model(), el, signal: new AbortController().signal });
      expect(el.querySelector("section.rtw-sample")?.textContent).toBe("drawn");
      expect(el.querySelector("section")?.getAttribute("aria-label")).toBe("Sample");
      expect(el.querySelector("style")?.textContent).toBe(".rtw {}");
    }
    expect(started).toHaveBeenCalledTimes(1);
    const states = draw.mock.calls.map(([context]) => context.state);
    expect(new Set(states).size).toBe(1);
  });

  it("keeps two models apart", () => {
    const { widget, started } = sample();
    for (const panel_id of ["p1", "p2"]) {
      const model = new FakeModel<Traits>({ ...TRAITS, panel_id });
      widget.initialize({ model: model.asModel, signal: new AbortController().signal });
    }
    expect(started).toHaveBeenCalledTimes(2);
  });

  it("starts anew when its model came back", () => {
    const { widget, started } = sample();
    const model = new FakeModel<Traits>(TRAITS).asModel;
    const first = new AbortController();
    widget.initialize({ model, signal: first.signal });
    first.abort();
    widget.initialize({ model, signal: new AbortController().signal });
    expect(started).toHaveBeenCalledTimes(2);
  });

  it("survives hosts without signals: the cleanup ends it", () => {
    const { widget, started } = sample();
    const model = new FakeModel<Traits>(TRAITS);
    const cleanup = widget.initialize({ model: model.asModel });
    const el = document.createElement("div");
    const undraw = widget.render({ model: model.asModel, el });
    expect(model.handlerCount).toBeGreaterThan(0);
    undraw?.();
    expect(model.handlerCount).toBe(1); // the line of the model
    const context: { signal: AbortSignal } | undefined = started.mock.calls[0]?.[0];
    expect(context?.signal.aborted).toBe(false);
    cleanup?.();
    expect(context?.signal.aborted).toBe(true);
    expect(model.handlerCount).toBe(0);
  });

  it("ends soon after its last view, and starts again with the next", () => {
    vi.useFakeTimers();
    try {
      const { widget, started } = sample();
      const model = new FakeModel<Traits>(TRAITS);
      widget.initialize({ model: model.asModel, signal: new AbortController().signal });
      const view = () => {
        const life = new AbortController();
        const el = document.createElement("div");
        widget.render({ model: model.asModel, el, signal: life.signal });
        return life;
      };
      const ended = (start: number) => started.mock.calls[start]?.[0].signal.aborted;
      vi.advanceTimersByTime(60_000);
      expect(ended(0)).toBe(false); // it was never shown: whoever made it still decides

      const [one, other] = [view(), view()];
      one.abort();
      vi.advanceTimersByTime(60_000);
      expect(ended(0)).toBe(false);
      other.abort();
      const again = view(); // drawn anew, at once
      vi.advanceTimersByTime(60_000);
      expect(ended(0)).toBe(false);
      again.abort();
      vi.advanceTimersByTime(60_000);
      expect(ended(0)).toBe(true);
      expect(model.handlerCount).toBe(0);

      view();
      expect(started).toHaveBeenCalledTimes(2);
      expect(ended(1)).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is drawn by a host that never initializes", () => {
    const { widget, started, draw } = sample();
    const el = document.createElement("div");
    widget.render({ model: new FakeModel<Traits>(TRAITS).asModel, el });
    expect(started).toHaveBeenCalledOnce();
    expect(draw).toHaveBeenCalledOnce();
  });

  it("shows what failed in Python, as text", async () => {
    const { widget } = sample();
    const model = new FakeModel<Traits>(TRAITS);
    const el = document.createElement("div");
    widget.render({ model: model.asModel, el, signal: new AbortController().signal });
    const line = el.querySelector<HTMLElement>(".rtw-problem");
    expect(line?.hidden).toBe(true);
    model.write({ problem: "show: ValueError: <b>bold</b>" });
    await tick();
    expect(line?.hidden).toBe(false);
    expect(line?.textContent).toBe("show: ValueError: <b>bold</b>");
    expect(line?.querySelector("b")).toBeNull();
  });
});

describe("elements", () => {
  it("take text as text and attributes as they are", () => {
    const element = h(
      "button",
      { disabled: true, title: "<i>", hidden: false },
      "<b>x</b>",
      icon("M0 0"),
    );
    expect(element.outerHTML).toContain("&lt;b&gt;x&lt;/b&gt;");
    expect(element.hasAttribute("hidden")).toBe(false);
    expect(element.disabled).toBe(true);
    expect(element.querySelector("svg")?.getAttribute("aria-hidden")).toBe("true");
  });

  it("are not touched when the text is the same", () => {
    const element = h("span", {}, "same");
    const node = element.firstChild;
    setText(element, "same");
    expect(element.firstChild).toBe(node);
    setText(element, "other");
    expect(element.textContent).toBe("other");
  });

  it("have attributes that are set when they differ, and only then", async () => {
    const element = h("button", { title: "one", disabled: true });
    const changes = vi.fn();
    const watching = new MutationObserver((found) => changes(found.map((f) => f.attributeName)));
    watching.observe(element, { attributes: true });
    put(element, { title: "one", disabled: true, hidden: false, "data-none": undefined });
    await tick();
    expect(changes).not.toHaveBeenCalled();
    put(element, { title: "two", disabled: false, hidden: true });
    await tick();
    expect(changes).toHaveBeenCalledWith(["title", "disabled", "hidden"]);
    expect(element.outerHTML).toBe('<button title="two" hidden=""></button>');
  });
});

it("a page has a token of its own", () => {
  expect(PAGE).toMatch(/^[0-9a-f]{32}$/);
});
