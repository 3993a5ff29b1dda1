// One row of the list: six cells, of which only what differs is written again. A type that does
// not fit loses its beginning: `…audio_transcript.delta` says more than `response.output_aud…`.

import { h, setText } from "../dom";
import type { EventRow } from "../model";
import { clock, gap, size } from "./words";

const COLUMNS = ["way", "time", "gap", "size", "type", "text"] as const;
const HEADS = ["", "Time", "Gap", "Size", "Type", "What it says"];

/** The line of column names, which stays at the top. */
export function headLine(): HTMLElement {
  return h(
    "div",
    { class: "rtw-event_log-line rtw-event_log-head", role: "row", "aria-rowindex": 1 },
    ...COLUMNS.map((name, place) => {
      const cell = h("span", { class: `rtw-event_log-${name}`, role: "columnheader" });
      if (name === "way") cell.append(h("span", { class: "rtw-spoken" }, "Direction"));
      else cell.textContent = HEADS[place] ?? "";
      return cell;
    }),
  );
}

/** Make `element` show a row, or that it is still to come. */
export function drawLine(
  element: HTMLElement,
  row: EventRow | undefined,
  place: { index: number; id: string; selected: boolean },
): void {
  if (element.childElementCount === 0) {
    element.className = "rtw-event_log-line";
    element.setAttribute("role", "row");
    element.append(
      ...COLUMNS.map((name) =>
        h(
          "span",
          { class: `rtw-event_log-${name}`, role: "gridcell" },
          ...(name === "type" ? typeParts() : []),
        ),
      ),
    );
  }
  put(element, "id", place.id);
  put(element, "data-index", String(place.index));
  put(element, "aria-rowindex", String(place.index + 2));
  put(element, "aria-selected", String(place.selected));
  put(element, "data-way", row === undefined ? "" : row.sent ? "sent" : "received");
  put(element, "data-bad", String(row !== undefined && isBad(row.type)));
  const words = row === undefined ? ["", "…", "", "", "", ""] : cells(row);
  COLUMNS.forEach((name, place) => {
    const cell = element.children[place] as Element;
    if (name === "type") drawType(cell, row);
    else setText(cell, words[place] ?? "");
  });
  put(
    element.children[0] as Element,
    "aria-label",
    row === undefined ? "" : row.sent ? "sent" : "received",
  );
}

/** The name, which may be cut, and how often it came, which may not. */
function typeParts(): HTMLElement[] {
  const name = h("bdi", { dir: "ltr" });
  return [
    h("span", { class: "rtw-event_log-name" }, name),
    h("span", { class: "rtw-event_log-times" }),
  ];
}

function drawType(cell: Element, row: EventRow | undefined): void {
  const [name, times] = cell.children as unknown as [Element, Element];
  const count = row === undefined || row.count === 1 ? "" : ` × ${row.count.toLocaleString()}`;
  setText(name.firstElementChild as Element, row?.type ?? "");
  setText(times, count);
  put(cell, "title", row === undefined ? "" : row.type + count);
}

/** A style is worked out anew for each attribute that is set, whether it differs or not. */
function put(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function cells(row: EventRow): string[] {
  const way = row.sent ? "↑" : "↓";
  return [way, clock(row.at_ms), gap(row.gap_ms), size(row.size), "", row.text];
}

const isBad = (type: string): boolean => type === "error" || type.endsWith(".failed");
