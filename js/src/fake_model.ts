/** A model for tests: traits in a map, messages kept in a list, events fired by hand. */

import type { PanelTraits } from "./model";
import type { Model } from "./panel";

export interface Sent {
  message: Record<string, unknown>;
  buffers: ArrayBuffer[];
}

type Handler = (...args: unknown[]) => void;

export class FakeModel<Traits extends PanelTraits> {
  /** What the widget sent, in order. */
  readonly sent: Sent[] = [];
  readonly #traits: Traits;
  readonly #handlers = new Map<string, Set<Handler>>();

  constructor(traits: Traits) {
    this.#traits = { ...traits };
  }

  /** As the type that widgets take. */
  get asModel(): Model<Traits> {
    return this as unknown as Model<Traits>;
  }

  get<K extends keyof Traits>(name: K): Traits[K] {
    return this.#traits[name];
  }

  /** The page changes its own copy, as the runtime does before a save. */
  set<K extends keyof Traits>(name: K, value: Traits[K]): void {
    this.#traits[name] = value;
    this.fire(`change:${String(name)}`);
  }

  /** The kernel writes traits: all of them first, then the events, as the runtime does. */
  write(changes: Partial<Traits>): void {
    Object.assign(this.#traits, changes);
    for (const name of Object.keys(changes)) this.fire(`change:${name}`);
  }

  /** The kernel sends a message. */
  receive(message: object, buffers: DataView[] = []): void {
    this.fire("msg:custom", message, buffers);
  }

  send(message: Record<string, unknown>, _callbacks?: unknown, buffers: ArrayBuffer[] = []): void {
    if (message.kind === "line") {
      // A kernel that shakes hands over a line that carries everything.
      const answer = { ...message, arrived: buffers.length === 1 };
      this.receive(answer, [new DataView(new ArrayBuffer(4))]);
      return;
    }
    this.sent.push({ message, buffers });
  }

  on(event: string, handler: Handler): void {
    const handlers = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, handlers.add(handler));
  }

  off(event: string, handler: Handler): void {
    this.#handlers.get(event)?.delete(handler);
  }

  /** How many handlers are left: a widget that ended leaves none. */
  get handlerCount(): number {
    return [...this.#handlers.values()].reduce((sum, handlers) => sum + handlers.size, 0);
  }

  /** The kinds of all messages that were sent. */
  get kinds(): unknown[] {
    return this.sent.map(({ message }) => message.kind);
  }

  /** An event of the runtime. */
  fire(event: string, ...args: unknown[]): void {
    for (const handler of [...(this.#handlers.get(event) ?? [])]) handler(...args);
  }
}
