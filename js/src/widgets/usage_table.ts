// Usage: a row per response and a total; what each number cost is said where one looks for it.
// Numbers of the table are written for the reader's language, formulas as the kernel writes them.

import { copyText } from "../clipboard";
import { h, setText } from "../dom";
import type {
  UsageBudget,
  UsageCounts,
  UsageLimits,
  UsageTableTraits,
  UsageTranscription,
} from "../model";
import { type DrawContext, definePanel, type Model, watch } from "../panel";
import { type Column, columnsOf, cost, filled } from "../usage/columns";
import { fold } from "../usage/fold";
import { grid } from "../usage/grid";
import { growth } from "../usage/growth";
import { tsv } from "../usage/tsv";
import styles from "./usage_table.css";

const written = new Intl.NumberFormat();
const HINT = "Select a number to see how its money was worked out.";

type Usage = Model<UsageTableTraits>;

/** A cell that can be asked; `name` is its row. */
function cell(text: string, name: string, column: string, more: Record<string, unknown> = {}) {
  const place = { "data-place": `${name}/${column}`, tabindex: -1 };
  return h("td", { ...place, ...(more as Record<string, string>) }, text);
}

/** It stays in sight where the table is wider than the panel. */
const money = (words: string, name: string) => cell(words, name, "money", { "data-money": true });

function cells(counts: UsageCounts, name: string, columns: Column[]): HTMLElement[] {
  return [
    ...columns.map(({ key, end }) =>
      cell(written.format(counts[key]), name, key, {
        class: counts[key] === 0 ? "rtw-usage_table-zero" : null,
        "data-end": end || null,
      }),
    ),
    money(counts.money, name),
  ];
}

function rowHead(text: string, title = "", status = ""): HTMLElement {
  const note = status === "" || status === "completed" ? "" : ` ${status}`;
  const said = h("span", { class: "rtw-usage_table-status" }, note);
  return h("th", { scope: "row", title: title || null, "data-end": true }, text, said);
}

function head(columns: Column[]): HTMLElement {
  const inside = columns.filter(({ key }) => key !== "total");
  const groups = new Map<string, number>();
  for (const { group } of inside) groups.set(group, (groups.get(group) ?? 0) + 1);
  const tall = { scope: "col", rowspan: 2 };
  return h(
    "thead",
    {},
    h(
      "tr",
      {},
      h("th", { ...tall, "data-end": true }, "Response"),
      ...[...groups].map(([name, count]) =>
        h("th", { scope: "colgroup", colspan: count, "data-end": true }, name),
      ),
      h("th", { ...tall, "data-end": true, title: "All tokens of the response" }, "Total"),
      h("th", { ...tall, "data-money": true, title: "By the price list of genai-prices" }, "Money"),
    ),
    h(
      "tr",
      {},
      ...inside.map(({ head: text, title, end }) =>
        h("th", { scope: "col", title, "data-end": end || null }, text),
      ),
    ),
  );
}

function spoken(transcription: UsageTranscription, columns: number): HTMLElement {
  return h(
    "tr",
    {},
    rowHead("Transcription", "Of your speech: a model and a price of its own"),
    h("td", { colspan: columns, "data-end": true }, transcription.used),
    money(transcription.money, "transcription"),
  );
}

function table(model: Usage, total: UsageCounts, folded: boolean): HTMLElement {
  const columns = columnsOf(total, folded);
  const older = model.get("older_total");
  const transcription = model.get("transcription");
  const rows = model
    .get("rows")
    .map((line) =>
      h(
        "tr",
        {},
        rowHead(String(line.number), line.response_id, line.status),
        ...cells(line, String(line.number), columns),
      ),
    );
  if (filled(older)) {
    const name = `1–${written.format(model.get("older"))}`;
    rows.unshift(h("tr", {}, rowHead(name, "Older responses"), ...cells(older, "older", columns)));
  }
  return h(
    "table",
    { role: "grid", "aria-readonly": "true" },
    h("caption", { class: "rtw-spoken" }, "Tokens and money by response"),
    head(columns),
    h("tbody", {}, ...rows),
    h(
      "tfoot",
      {},
      ...(filled(transcription) ? [spoken(transcription, columns.length)] : []),
      h("tr", {}, rowHead("Total"), ...cells(total, "total", columns)),
    ),
  );
}

/** What a cell's money is, in a line: the formula of its row, or of its own tokens. */
function explanation(model: Usage, place: string): string {
  const [name = "", key = ""] = place.split("/");
  const transcription = model.get("transcription");
  if (name === "transcription") return `Transcription: ${transcription.formula ?? ""}`;
  const sums: Record<string, [string, UsageTableTraits["total"]]> = {
    total: ["Total", model.get("total")],
    older: ["Older responses", model.get("older_total")],
  };
  const line = model.get("rows").find((row) => String(row.number) === name);
  const [title, row]: [string, UsageTableTraits["total"]] = sums[name] ?? [
    `Response ${name}`,
    line ?? {},
  ];
  const all = model.get("total");
  if (!filled(row) || !filled(all)) return "";
  const whose = row.prices === "" ? title : `${title}, ${row.prices}`;
  const column = columnsOf(all).find((one) => one.key === key);
  if (column === undefined || key === "total") return `${whose}: ${row.formula}`;
  const what = `${whose}, ${column.group.toLowerCase()} ${column.head}`;
  const worked = cost(row, column.key, model.get("rates"));
  return `${what}: ${worked ?? (row[column.key] === 0 ? "no tokens" : row.money)}`;
}

function drawBudget(budget: UsageBudget): HTMLElement[] {
  const percent = Math.min(100, Math.round(budget.share * 1000) / 10);
  const level = budget.share >= 1 ? "over" : budget.share >= budget.warn_at ? "near" : "";
  const words = `${budget.spent} of ${budget.limit}`;
  const bar = h(
    "div",
    {
      class: "rtw-usage_table-bar",
      role: "meter",
      "aria-label": "Budget used",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "aria-valuenow": percent,
      "aria-valuetext": `${words}, ${percent} %`,
      "data-level": level || null,
    },
    h("span", { style: `width: ${percent}%` }),
    h("i", {
      style: `left: ${budget.warn_at * 100}%`,
      title: `A warning at ${budget.warn_at * 100} %`,
    }),
  );
  return [
    h("span", {}, "Budget"),
    bar,
    h("span", { class: "rtw-muted" }, `${words} · ${percent} %`),
  ];
}

function drawLimits({ at, rows }: UsageLimits): HTMLElement[] {
  return [
    h("p", { class: "rtw-muted" }, `Rate limits, as the server told them at ${at}`),
    h(
      "ul",
      {},
      ...rows.map(({ name, remaining, limit, reset_seconds }) => {
        const of = `${written.format(remaining)} of ${written.format(limit)} ${name} left`;
        const again = `, full again in ${written.format(reset_seconds)} s`;
        return h("li", {}, of + (reset_seconds > 0 ? again : ""));
      }),
    ),
  ];
}

function draw({ model, root, signal }: DrawContext<UsageTableTraits, null>): void {
  const scroll = h("div", { class: "rtw-usage_table-scroll" });
  const empty = h(
    "p",
    { class: "rtw-usage_table-empty" },
    "No response yet. Each answer will be a row: its tokens, and what it cost.",
  );
  const budget = h("div", { class: "rtw-row rtw-usage_table-budget" });
  const formula = h("p", { class: "rtw-usage_table-formula", role: "status" });
  const facts = h("span", { class: "rtw-grow rtw-muted" });
  const copied = h("span", { class: "rtw-muted", role: "status" });
  const copy = h(
    "button",
    { type: "button", class: "rtw-button", title: "Exact numbers, tab-separated" },
    "Copy as TSV",
  );
  const line = h("div", { class: "rtw-row rtw-usage_table-facts" }, facts, copied, copy);
  const chart = h("div");
  const forecast = h("p");
  const limits = h("div", { class: "rtw-usage_table-limits" });
  const more = h(
    "details",
    { class: "rtw-usage_table-more" },
    h(
      "summary",
      { title: "How full the context is, and what the next answer will cost" },
      "Context, next turn, limits",
    ),
    chart,
    forecast,
    limits,
  );
  root.append(budget, empty, scroll, formula, line, more);

  const cells_ = grid(scroll, signal, (cell_) => {
    const words = cell_ === null ? "" : explanation(model, cell_.dataset.place ?? "");
    formula.classList.toggle("rtw-muted", words === "");
    setText(formula, words === "" ? HINT : words);
  });
  copy.addEventListener(
    "click",
    async () => {
      const done = await copyText(
        tsv({
          rows: model.get("rows"),
          older_lines: model.get("older_lines"),
          total: model.get("total"),
          transcription: model.get("transcription"),
        }),
      );
      setText(copied, done ? "Copied" : "This page may not copy; see usage_table.to_tsv()");
    },
    { signal },
  );

  watch(model, ["budget"], signal, () => {
    const now = model.get("budget");
    budget.hidden = !filled(now);
    budget.replaceChildren(...(filled(now) ? drawBudget(now) : []));
  });
  watch(model, ["limits", "forecast", "rows"], signal, () => {
    const [told, coming, rows] = [model.get("limits"), model.get("forecast"), model.get("rows")];
    more.hidden = rows.length === 0 && !filled(told);
    chart.replaceChildren(...(rows.length > 0 ? [growth(rows, written)] : []));
    forecast.hidden = !filled(coming);
    const sentence = coming.text ?? "";
    setText(
      forecast,
      `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}. ${coming.reason ?? ""}`,
    );
    limits.hidden = !filled(told);
    limits.replaceChildren(...(filled(told) ? drawLimits(told) : []));
  });
  const names = [
    "rows",
    "older",
    "older_total",
    "total",
    "transcription",
    "rates",
    "facts",
  ] as const;
  const redraw = () => {
    const total = model.get("total");
    const any = model.get("rows").length > 0 && filled(total);
    empty.hidden = any;
    scroll.hidden = formula.hidden = line.hidden = !any;
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 8;
    const [top, left] = [scroll.scrollTop, scroll.scrollLeft];
    const focused = scroll.contains(document.activeElement);
    // Rebuilt once for each response: a hundred rows at most.
    scroll.replaceChildren(...(any ? [table(model, total, width.folded)] : []));
    scroll.scrollTop = atEnd ? scroll.scrollHeight : top;
    scroll.scrollLeft = left;
    cells_.settle();
    if (focused)
      scroll.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
  };
  const width = fold(scroll, signal, redraw);
  watch(model, [...names], signal, () => {
    setText(facts, model.get("facts"));
    setText(copied, "");
    redraw();
    width.settle();
  });
}

export default definePanel<UsageTableTraits, null>({
  word: "usage_table",
  label: "Usage",
  styles,
  start: () => null,
  draw,
});
