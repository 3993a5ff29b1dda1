/**
 * The audio thread's globals for tests of worklets: a processor with a port that keeps what was
 * posted. The real scope is met in the browser tests.
 */

interface Port {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage: (message: unknown, transfer?: unknown[]) => void;
}

interface Posting {
  message: unknown;
  transfer: unknown[];
}

/** Every port in order of creation, with what was posted to the page. */
export const ports: (Port & { posted: Posting[] })[] = [];
export const registered = new Map<string, unknown>();

export const scope = { sampleRate: 48000, currentTime: 0 };

class AudioWorkletProcessor {
  readonly port: Port;

  constructor() {
    const posted: Posting[] = [];
    const postMessage: Port["postMessage"] = (message, transfer = []) => {
      posted.push({ message, transfer });
    };
    const port = { onmessage: null, postMessage, posted };
    ports.push(port);
    this.port = port;
  }
}

Object.assign(globalThis, {
  AudioWorkletProcessor,
  registerProcessor: (name: string, processor: unknown) => registered.set(name, processor),
});
for (const name of ["sampleRate", "currentTime"] as const) {
  Object.defineProperty(globalThis, name, { get: () => scope[name] });
}
