/** The websocket of the capture page: it opens the panels, feeds them, and says when it is over. */

import { PageModel } from "./page_model";

interface Lifetime {
  model: PageModel;
  signal: AbortSignal;
}

/** What a widget's bundle exports. */
export interface Widget {
  initialize(life: Lifetime): void;
  render(life: Lifetime & { el: HTMLElement }): void;
}

interface Shown {
  panel: string;
  word: string;
  state: Record<string, unknown>;
}

type Incoming =
  | { method: "open"; panels: Shown[]; buffers: number }
  | { method: "update"; panel: string; state: Record<string, unknown>; buffers: number }
  | { method: "custom"; panel: string; content: unknown; buffers: number };

export interface SocketOptions {
  url: string;
  load: (word: string) => Promise<{ default: Widget }>;
  place: HTMLElement;
  /** Tells the person how it stands; empty when all is well. */
  say: (text: string) => void;
}

const OVER =
  "The connection to the kernel is over: the session was closed, or the kernel ended. " +
  "This page can be closed.";

export function openSocket({ url, load, place, say }: SocketOptions): WebSocket {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const life = new AbortController();
  const models = new Map<string, PageModel>();
  /** A message waits for its buffers; they follow it, one frame each. */
  let waiting: { message: Incoming; buffers: ArrayBuffer[] } | undefined;

  const post = (panel: string) => (content: unknown, buffers: ArrayBuffer[]) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ panel, content, buffers: buffers.length }));
    for (const buffer of buffers) socket.send(buffer);
  };

  const open = async (panels: Shown[]) => {
    for (const { panel, word, state } of panels) {
      // Known at once, so that no message is missed while its bundle loads.
      models.set(panel, new PageModel(state, post(panel)));
      const { default: widget } = await load(word);
      const model = models.get(panel) as PageModel;
      const el = document.createElement("div");
      place.append(el);
      widget.initialize({ model, signal: life.signal });
      widget.render({ model, el, signal: life.signal });
    }
    say("");
  };

  const take = (message: Incoming, buffers: ArrayBuffer[]) => {
    if (message.method === "open") {
      open(message.panels).catch((error: unknown) => say(`The panels do not load: ${error}`));
    } else if (message.method === "update") {
      models.get(message.panel)?.update(message.state);
    } else {
      const views = buffers.map((buffer) => new DataView(buffer));
      models.get(message.panel)?.fire("msg:custom", message.content, views);
    }
  };

  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data === "string") {
      waiting = { message: JSON.parse(data) as Incoming, buffers: [] };
    } else {
      waiting?.buffers.push(data);
    }
    if (waiting === undefined || waiting.buffers.length < waiting.message.buffers) return;
    const { message, buffers } = waiting;
    waiting = undefined;
    take(message, buffers);
  };
  socket.onclose = () => {
    for (const model of models.values()) model.fire("comm_live_update");
    life.abort();
    say(OVER);
  };
  return socket;
}
