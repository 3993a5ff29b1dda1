/** `PageModel`: a widget's model at the end of a websocket instead of a notebook's runtime. */

type Handler = (...args: unknown[]) => void;
type Post = (content: unknown, buffers: ArrayBuffer[]) => void;

export class PageModel {
  readonly #traits: Map<string, unknown>;
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #post: Post;

  constructor(traits: Record<string, unknown>, post: Post) {
    this.#traits = new Map(Object.entries(traits));
    this.#post = post;
  }

  get(name: string): unknown {
    return this.#traits.get(name);
  }

  on(event: string, handler: Handler): void {
    const handlers = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, handlers.add(handler));
  }

  off(event: string, handler: Handler): void {
    this.#handlers.get(event)?.delete(handler);
  }

  send(content: unknown, _callbacks?: unknown, buffers: ArrayBuffer[] = []): void {
    this.#post(content, buffers);
  }

  /** The kernel changed traits: all of them first, then the events. */
  update(traits: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(traits)) this.#traits.set(name, value);
    for (const name of Object.keys(traits)) this.fire(`change:${name}`);
  }

  fire(event: string, ...args: unknown[]): void {
    for (const handler of [...(this.#handlers.get(event) ?? [])]) handler(...args);
  }
}
