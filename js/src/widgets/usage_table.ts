// Usage: a row per response and a total. Numbers are written for the reader's language.

import { h } from "../dom";
import type { UsageCounts, UsageLine, UsageTableTraits } from "../model";
import { definePanel, watch } from "../panel";
import styles from "./usage_table.css";

type Count = Exclude<keyof UsageCounts, "money">;

interface Column {
  key: Count;
  head: string;
  /** The last column of its group. */
  end?: boolean;
}

const INPUT: Column[] = [
  { key: "text_in", head: "text" },
  { key: "audio_in", head: "audio" },
  { key: "image_in", head: "image" },
  { key: "cached_in", head: "of it cached", end: true },
];
const OUTPUT: Column[] = [
  { key: "text_out", head: "text" },
  { key: "audio_out", head: "audio", end: true },
];
const TOTAL: Column[] = [{ key: "total", head: "total", end: true }];

const written = new Intl.NumberFormat();

function number(value: number, column: Column): HTMLElement {
  const zero = value === 0 ? "rtw-usage_table-zero" : null;
  return h("td", { class: zero, "data-end": column.end ?? null }, written.format(value));
}

function cells(counts: UsageCounts, columns: Column[]): HTMLElement[] {
  return [
    ...columns.map((column) => number(counts[column.key], column)),
    h("td", {}, counts.money),
  ];
}

function responseRow(line: UsageLine, columns: Column[]): HTMLElement {
  const status = line.status === "completed" ? "" : ` ${line.status}`;
  return h(
    "tr",
    {},
    h(
      "th",
      { scope: "row", title: line.response_id, "data-end": true },
      String(line.number),
      h("span", { class: "rtw-usage_table-status" }, status),
    ),
    ...cells(line, columns),
  );
}

function group(head: string, columns: number): HTMLElement {
  return h("th", { scope: "colgroup", colspan: columns, "data-end": true }, head);
}

function table(rows: UsageLine[], total: UsageCounts): HTMLElement {
  const input = INPUT.filter(({ key }) => key !== "image_in" || total.image_in > 0);
  const columns = [...input, ...OUTPUT, ...TOTAL];
  return h(
    "table",
    {},
    h("caption", { class: "rtw-spoken" }, "Tokens and money by response"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col", rowspan: 2, "data-end": true }, "Response"),
        group("Input tokens", input.length),
        group("Output tokens", OUTPUT.length),
        h("th", { scope: "col", rowspan: 2, "data-end": true }, "Total"),
        h("th", { scope: "col", rowspan: 2 }, "Money"),
      ),
      h(
        "tr",
        {},
        ...[...input, ...OUTPUT].map(({ head, end }) =>
          h("th", { scope: "col", "data-end": end ?? null }, head),
        ),
      ),
    ),
    h("tbody", {}, ...rows.map((line) => responseRow(line, columns))),
    h(
      "tfoot",
      {},
      h("tr", {}, h("th", { scope: "row", "data-end": true }, "Total"), ...cells(total, columns)),
    ),
  );
}

export default definePanel<UsageTableTraits, null>({
  word: "usage_table",
  label: "Usage",
  styles,
  start: () => null,
  draw({ model, root, signal }) {
    const scroll = h("div", { class: "rtw-usage_table-scroll", tabindex: 0, role: "region" });
    scroll.setAttribute("aria-label", "Usage table");
    const empty = h("p", { class: "rtw-usage_table-empty" }, "No response yet.");
    const foot = h("p", { class: "rtw-usage_table-foot" });
    root.append(empty, scroll, foot);

    watch(model, ["rows", "older", "total", "transcription"], signal, () => {
      const [rows, older] = [model.get("rows"), model.get("older")];
      empty.hidden = rows.length > 0;
      scroll.hidden = rows.length === 0;
      const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 8;
      const place = scroll.scrollTop;
      // Rebuilt once for each response: a hundred rows at most, and no state inside.
      scroll.replaceChildren(...(rows.length > 0 ? [table(rows, model.get("total"))] : []));
      scroll.scrollTop = atEnd ? scroll.scrollHeight : place;
      const transcription = model.get("transcription");
      const notes = [
        older > 0 ? `${written.format(older)} older responses are in the total only.` : "",
        transcription === "" ? "" : `Transcription of your speech, apart: ${transcription}.`,
      ].filter((note) => note !== "");
      foot.textContent = notes.join(" ");
      foot.hidden = notes.length === 0;
    });
  },
});
