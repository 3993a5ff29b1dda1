import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PageModel } from "./page_model";
import { openSocket, type Widget } from "./socket";

/** A websocket that the test is the other end of. */
class FakeSocket {
  static readonly OPEN = 1;
  static last: FakeSocket;
  readyState = 1;
  binaryType = "";
  readonly sent: unknown[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.last = this;
  }

  send(frame: unknown): void {
    this.sent.push(frame);
  }

  receive(message: object, ...buffers: ArrayBuffer[]): void {
    this.onmessage?.({ data: JSON.stringify({ ...message, buffers: buffers.length }) });
    for (const data of buffers) this.onmessage?.({ data });
  }
}

beforeEach(() => vi.stubGlobal("WebSocket", FakeSocket));
afterEach(() => vi.unstubAllGlobals());

const OPEN = {
  method: "open",
  panels: [{ panel: "p1", word: "microphone", state: { rate: 24000, mode: "hands_free" } }],
};

async function opened() {
  const started = vi.fn();
  let model: PageModel | undefined;
  let signal: AbortSignal | undefined;
  const widget: Widget = {
    initialize: (life) => {
      ({ model, signal } = life);
      started();
    },
    render: ({ el }) => el.append("drawn"),
  };
  const load = vi.fn(async () => ({ default: widget }));
  const say = vi.fn();
  const place = document.createElement("main");
  openSocket({ url: "ws://127.0.0.1:1/socket", load, place, say });
  FakeSocket.last.receive(OPEN);
  await vi.waitFor(() => expect(started).toHaveBeenCalled());
  await vi.waitFor(() => expect(say).toHaveBeenCalledWith(""));
  const socket = FakeSocket.last;
  return { socket, load, say, place, model: model as PageModel, signal: signal as AbortSignal };
}

describe("the capture page", () => {
  it("shows the panels that the kernel names, with their state", async () => {
    const { load, place, model, socket } = await opened();
    expect(socket.url).toBe("ws://127.0.0.1:1/socket");
    expect(socket.binaryType).toBe("arraybuffer");
    expect(load.mock.calls).toEqual([["microphone"]]);
    expect(place.textContent).toBe("drawn");
    expect(model.get("rate")).toBe(24000);
  });

  it("sends what a panel says, with its buffers behind it", async () => {
    const { model, socket } = await opened();
    const sound = new Int16Array([1, 2]).buffer;
    model.send({ kind: "audio", seq: 0 }, undefined, [sound]);
    expect(socket.sent).toEqual([
      JSON.stringify({ panel: "p1", content: { kind: "audio", seq: 0 }, buffers: 1 }),
      sound,
    ]);
    socket.readyState = 3;
    model.send({ kind: "bye" });
    expect(socket.sent).toHaveLength(2);
  });

  it("hands traits and messages of the kernel to the panel", async () => {
    const { model, socket } = await opened();
    const changed = vi.fn();
    const heard = vi.fn();
    model.on("change:mode", changed);
    model.on("msg:custom", heard);
    socket.receive({ method: "update", panel: "p1", state: { mode: "push_to_talk" } });
    expect(changed).toHaveBeenCalledOnce();
    expect(model.get("mode")).toBe("push_to_talk");
    const buffer = new Uint8Array([7, 8]).buffer;
    socket.receive({ method: "custom", panel: "p1", content: { kind: "audio" } }, buffer, buffer);
    socket.receive({ method: "custom", panel: "other", content: { kind: "audio" } });
    expect(heard).toHaveBeenCalledOnce();
    const [content, views] = heard.mock.calls[0] as [unknown, DataView[]];
    expect(content).toEqual({ kind: "audio" });
    expect(views.map((view) => view.getUint8(1))).toEqual([8, 8]);
    model.off("msg:custom", heard);
    socket.receive({ method: "custom", panel: "p1", content: { kind: "audio" } });
    expect(heard).toHaveBeenCalledOnce();
  });

  it("ends everything and says so when the kernel is gone", async () => {
    const { model, socket, signal, say } = await opened();
    const gone = vi.fn();
    model.on("comm_live_update", gone);
    socket.onclose?.();
    expect(gone).toHaveBeenCalledOnce();
    expect(signal.aborted).toBe(true);
    expect(say.mock.lastCall?.[0]).toContain("can be closed");
  });

  it("says when a panel does not load", async () => {
    const say = vi.fn();
    const load = () => Promise.reject(new Error("404"));
    openSocket({ url: "ws://x", load, place: document.createElement("main"), say });
    FakeSocket.last.receive(OPEN);
    await vi.waitFor(() => expect(say.mock.lastCall?.[0]).toContain("do not load: Error: 404"));
  });
});
