import { afterEach, describe, expect, it, vi } from "vitest";
import { FakeModel } from "./fake_model";
import type { PanelTraits } from "./model";
import { definePanel, listen, PAGE, send } from "./panel";
import { fromBase64, type Line, lineOf, openLine, percentile, toBase64 } from "./transport";

type Carries = "all" | "nothing up" | "nothing down" | "nothing";

/** A kernel at the end of a line that drops buffers, as some hosts do. */
class Kernel extends FakeModel<PanelTraits> {
  readonly probes: Record<string, unknown>[] = [];
  carries: Carries = "all";
  silent = false;

  override send(
    message: Record<string, unknown>,
    callbacks?: unknown,
    buffers: ArrayBuffer[] = [],
  ): void {
    const up = this.carries === "nothing up" || this.carries === "nothing" ? [] : buffers;
    if (message.kind !== "line") {
      super.send(message, callbacks, up);
      return;
    }
    this.probes.push(message);
    if (this.silent) return;
    const { page, n } = message;
    const down = this.carries === "nothing down" || this.carries === "nothing";
    const answer = { kind: "line", page, n, arrived: up.length === 1 };
    this.receive(answer, down ? [] : [new DataView(new ArrayBuffer(4))]);
  }
}

const life = () => new AbortController();
const sound = () => new Int16Array([1, -2, 3]).buffer;
let number = 0;

function line(carries: Carries, silent = false): [Kernel, Line, AbortController] {
  const kernel = new Kernel({ panel_id: `line-${number++}`, problem: "" });
  kernel.carries = carries;
  kernel.silent = silent;
  const ending = life();
  return [kernel, openLine(kernel.asModel, ending.signal), ending];
}

afterEach(() => vi.restoreAllMocks());

describe("the handshake", () => {
  it.each([
    ["all", true, true],
    ["nothing up", false, true],
    ["nothing down", true, false],
    ["nothing", false, false],
  ] as const)("finds out that the line carries %s", (carries, up, down) => {
    const [kernel, found] = line(carries);
    expect([found.up, found.down]).toEqual([up, down]);
    expect(kernel.probes.map((probe) => probe.arrived)).toEqual([undefined, down]);
    expect(kernel.probes[1]?.round_trip_ms).toBeGreaterThanOrEqual(0);
    expect(found.roundTrips).toHaveLength(2);
  });

  it("ends with the signal", () => {
    const [kernel, , ending] = line("all");
    expect(lineOf(kernel.asModel)).toBeDefined();
    ending.abort();
    expect(lineOf(kernel.asModel)).toBeUndefined();
    expect(kernel.handlerCount).toBe(0);
  });

  it("leaves answers to other pages alone", () => {
    const [kernel, found] = line("all", true);
    kernel.receive({ kind: "line", page: "another", n: 0, arrived: true });
    expect(found.up).toBeUndefined();
  });

  it("survives a page without a kernel", () => {
    const kernel = new Kernel({ panel_id: `line-${number++}`, problem: "" });
    kernel.send = () => {
      throw new Error("no kernel");
    };
    expect(openLine(kernel.asModel, life().signal).up).toBeUndefined();
  });

  it("is made by every panel before it starts", () => {
    const kernel = new Kernel({ panel_id: `line-${number++}`, problem: "" });
    const widget = definePanel<PanelTraits, null>({
      word: "sample",
      label: "Sample",
      styles: "",
      start: ({ model }) => {
        send(model, { kind: "hello" });
        return null;
      },
      draw: () => undefined,
    });
    widget.initialize({ model: kernel.asModel, signal: life().signal });
    expect(kernel.probes).toHaveLength(2);
    expect(kernel.kinds).toEqual(["hello"]);
  });
});

describe("what a widget sends", () => {
  it("travels as buffers where they arrive", () => {
    const [kernel] = line("all");
    send(kernel.asModel, { kind: "audio" }, [sound()]);
    expect(kernel.sent).toEqual([{ message: { kind: "audio" }, buffers: [sound()] }]);
  });

  it.each(["nothing up", "nothing"] as const)(
    "is carried inside where the line carries %s",
    (c) => {
      const [kernel] = line(c);
      send(kernel.asModel, { kind: "audio", seq: 1 }, [sound(), sound()]);
      const text = toBase64(sound());
      expect(kernel.sent).toEqual([
        { message: { kind: "audio", seq: 1, b64: [text, text] }, buffers: [] },
      ]);
      send(kernel.asModel, { kind: "hello" });
      expect(kernel.sent[1]?.message).toEqual({ kind: "hello" });
    },
  );

  it("is carried inside until the kernel has answered", () => {
    const [kernel] = line("all", true);
    send(kernel.asModel, { kind: "audio" }, [sound()]);
    expect(kernel.sent[0]?.message.b64).toEqual([toBase64(sound())]);
  });

  it("is sent as it is by a panel without a line", () => {
    const kernel = new FakeModel<PanelTraits>({ panel_id: "none", problem: "" });
    send(kernel.asModel, { kind: "audio" }, [sound()]);
    expect(kernel.sent[0]?.buffers).toHaveLength(1);
  });

  it("is a moment to measure, at most every five seconds, and never in a page at rest", () => {
    const now = vi.spyOn(performance, "now").mockReturnValue(0);
    const [kernel, found] = line("all");
    for (let ms = 0; ms <= 20_000; ms += 40) {
      now.mockReturnValue(ms);
      send(kernel.asModel, { kind: "audio" }, [sound()]);
    }
    expect(kernel.probes.length).toBe(2 + 3);
    now.mockReturnValue(60_000);
    expect(kernel.probes.length).toBe(2 + 3);
    expect(found.roundTrips).toHaveLength(5);
  });
});

describe("what a widget hears", () => {
  it("is the same, wherever the buffers travelled", () => {
    const [kernel] = line("nothing");
    const heard: number[][] = [];
    listen<{ kind: string }>(kernel.asModel, life().signal, (_, buffers) => {
      const bytes = buffers.map((view) => view.getInt16(2, true));
      heard.push(bytes);
    });
    kernel.receive({ kind: "audio", b64: [toBase64(sound())] });
    kernel.receive({ kind: "audio" }, [new DataView(sound())]);
    kernel.receive({ kind: "audio" });
    expect(heard).toEqual([[-2], [-2], []]);
  });

  it("is never the handshake", () => {
    const [kernel] = line("all");
    const take = vi.fn();
    listen(kernel.asModel, life().signal, take);
    kernel.receive({ kind: "line", page: PAGE, n: 99, arrived: true });
    expect(take).not.toHaveBeenCalled();
  });
});

describe("measuring", () => {
  it("takes as many round trips as it was asked for", async () => {
    const [kernel, found] = line("all");
    expect(await found.measure(10)).toHaveLength(10);
    expect(kernel.probes).toHaveLength(12);
  });

  it("gives up on a kernel that does not answer", async () => {
    const [kernel, found] = line("all");
    kernel.silent = true;
    expect(await found.measure(10, 1)).toEqual([]);
  });

  it("is summed up by percentiles", () => {
    const numbers = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(percentile(numbers, 0.5)).toBe(50);
    expect(percentile(numbers, 0.95)).toBe(95);
    expect(percentile([7], 0.95)).toBe(7);
    expect(percentile([], 0.5)).toBeUndefined();
  });
});

it("base64 is the usual one, of any length", () => {
  for (const length of [0, 1, 2, 3, 1920, 100_001]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) % 256);
    const text = toBase64(bytes.buffer);
    expect(text.length).toBe(4 * Math.ceil(length / 3));
    expect(new Uint8Array(fromBase64(text).buffer)).toEqual(bytes);
  }
  expect(toBase64(new Uint8Array([104, 105]).buffer)).toBe("aGk=");
});
