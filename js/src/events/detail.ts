// An opened row: what the event means, its JSON without base64, its sound as a waveform.

import { copyText } from "../clipboard";
import { h, setText } from "../dom";
import { barCount, bars } from "../draw/bars";
import { paint, redraw, sizeCanvas } from "../draw/paint";
import type { Cut, Detail, EventLogToKernel, EventLogToPage, EventRow, Raw } from "../model";
import { listen, type Model, needsKernel, PAGE, send } from "../panel";
import { jsonTree } from "./json_tree";
import { clock, length, size } from "./words";

type Wire = Pick<Model, "on" | "off" | "send">;

export class DetailPane {
  readonly element: HTMLElement;
  /** The row that is open. */
  open: EventRow | null = null;
  readonly #model: Wire;
  readonly #view: string;
  readonly #title = h("strong", { class: "rtw-event_log-title" });
  readonly #facts = h("span", { class: "rtw-muted" });
  readonly #body = h("div", { class: "rtw-event_log-body" });
  readonly #copy = h("button", { type: "button", class: "rtw-button" }, "Copy");
  readonly #said = h("span", { class: "rtw-muted", role: "status" });
  readonly #closed: () => void;
  #pieces: Uint8Array[] = [];
  /** Ends what was drawn for the row before. */
  #shown = new AbortController();

  constructor(model: Wire, view: string, signal: AbortSignal, closed: () => void) {
    this.#model = model;
    this.#view = view;
    this.#closed = closed;
    const close = h("button", { type: "button", class: "rtw-button" }, "Close");
    close.title = "Back to the list (Esc)";
    this.#copy.title = "Puts the whole event on the clipboard, as JSON";
    this.element = h(
      "div",
      { class: "rtw-event_log-detail", role: "region", "aria-label": "Opened event", hidden: true },
      h(
        "div",
        { class: "rtw-event_log-bar rtw-row" },
        this.#title,
        this.#facts,
        h("span", { class: "rtw-grow" }),
        this.#said,
        this.#copy,
        close,
      ),
      this.#body,
    );
    needsKernel(this.#copy);
    close.addEventListener("click", () => this.close(), { signal });
    this.#copy.addEventListener("click", () => this.#ask("copy"), { signal });
    this.element.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        this.close();
      },
      { signal },
    );
    listen<EventLogToPage>(model, signal, (message, buffers) => {
      if (message.page !== PAGE || message.view !== view) return;
      if (message.kind === "detail") this.#show(message, buffers);
      else if (message.kind === "raw") this.#take(message, buffers);
    });
    signal.addEventListener("abort", () => this.#shown.abort());
  }

  /** Open a row; the kernel says what is in it. */
  show(row: EventRow): void {
    this.open = row;
    this.element.hidden = false;
    setText(this.#title, row.type);
    setText(this.#facts, facts(row));
    setText(this.#said, "");
    this.#copy.title = `Copy the event as it was on the wire, sound included (${size(row.size)})`;
    this.#ask("detail");
  }

  /** Words in the place of what is in the row. */
  say(words: string): void {
    this.#body.replaceChildren(h("p", {}, words));
  }

  close(): void {
    this.open = null;
    this.element.hidden = true;
    this.#shown.abort();
    this.#body.replaceChildren();
    this.#closed();
  }

  #ask(kind: "detail" | "copy"): void {
    if (this.open === null) return;
    const { number, until } = this.open;
    send<EventLogToKernel>(this.#model, { kind, page: PAGE, view: this.#view, number, until });
  }

  #show(detail: Detail, buffers: DataView[]): void {
    if (this.open?.number !== detail.number) return;
    this.#shown.abort();
    this.#shown = new AbortController();
    this.#body.scrollTop = 0;
    if (detail.gone) {
      this.#body.replaceChildren(h("p", {}, "The log does not keep this event any more."));
      return;
    }
    const { signal } = this.#shown;
    const parts: HTMLElement[] = [h("p", { class: "rtw-event_log-words" }, detail.explanation)];
    if (detail.count > 1) parts.push(...together(detail, buffers, signal));
    const cuts = new Map(detail.cuts.map((cut) => [JSON.stringify(cut.path), cut]));
    parts.push(
      jsonTree(parsed(detail.json), (path) => {
        const cut = cuts.get(JSON.stringify(path));
        return cut === undefined ? null : stub(cut, buffers[cut.buffer], signal);
      }),
    );
    this.#body.replaceChildren(...parts);
  }

  async #take(raw: Raw, buffers: DataView[]): Promise<void> {
    if (this.open?.number !== raw.number) return;
    if (raw.part === 0) this.#pieces = [];
    const [view] = buffers;
    if (view !== undefined) {
      // A copy: the memory is the message's.
      this.#pieces.push(new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice());
    }
    if (raw.part + 1 < raw.parts) return;
    const text = await new Blob(this.#pieces as BlobPart[]).text();
    this.#pieces = [];
    const done = await copyText(text);
    const words = raw.complete ? "Copied" : "Copied in part: the log has no more of it";
    setText(this.#said, done ? words : "This page may not use the clipboard");
  }
}

function facts(row: EventRow): string {
  const way = row.sent ? "sent to the server" : "from the server";
  const count = row.count > 1 ? `${row.count.toLocaleString()} events, ` : "";
  return `${count}${way} at ${clock(row.at_ms)}, ${size(row.size)}`;
}

/** All deltas of a row in one. */
function together(detail: Detail, buffers: DataView[], signal: AbortSignal): HTMLElement[] {
  const parts: HTMLElement[] = [h("p", { class: "rtw-muted" }, `All ${detail.count} together:`)];
  if (detail.joined !== "") {
    parts.push(h("p", { class: "rtw-event_log-joined", dir: "auto" }, detail.joined));
  }
  const last = buffers.at(-1);
  if (detail.joined_ms > 0 && last !== undefined) {
    parts.push(wave(last, `sound, ${length(detail.joined_ms)}`, signal));
  }
  parts.push(h("p", { class: "rtw-muted" }, "The first of them:"));
  return parts;
}

/** What stands for a value that is too long to be read. */
function stub(cut: Cut, buffer: DataView | undefined, signal: AbortSignal): HTMLElement {
  if (cut.what === "sound" && buffer !== undefined) {
    return wave(buffer, `sound, ${length(cut.ms)}, ${size(cut.bytes)}`, signal);
  }
  return h("span", { class: "rtw-event_log-stub" }, `${cut.what}, ${size(cut.bytes)}`);
}

function wave(view: DataView, words: string, signal: AbortSignal): HTMLElement {
  const canvas = h("canvas", { class: "rtw-event_log-wave", role: "img", "aria-label": words });
  const pairs = new Int8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  redraw(canvas, signal, () => {
    const { width, height } = sizeCanvas(canvas);
    const fitting = Math.min(width, barCount(width));
    const rects = bars(pairs, width, height);
    const stretch = width / Math.max(1, Math.min(pairs.length >> 1, fitting) * 3);
    paint(canvas, [
      { rects: rects.map((r) => ({ ...r, x: r.x * stretch })), color: "--rtw-model" },
    ]);
  });
  return h("span", { class: "rtw-event_log-sound" }, canvas, h("span", {}, words));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
