import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeModel } from "../fake_model";
import type { UsageCounts, UsageLine, UsageTableTraits } from "../model";
import usageTable from "./usage_table";

const counts = (fields: Partial<UsageCounts> = {}): UsageCounts => ({
  text_in: 1200,
  text_cached: 64,
  text_out: 20,
  audio_in: 300,
  audio_cached: 0,
  audio_out: 80,
  image_in: 0,
  image_cached: 0,
  untold_cached: 0,
  total: 1600,
  money: "$0.0123",
  usd: "0.01234",
  formula: "(1 × $4.00) / 1e6 = $0.01234",
  prices: "gpt-realtime",
  ...fields,
});
const line = (number: number, fields: Partial<UsageLine> = {}): UsageLine => ({
  ...counts(),
  response_id: `resp_${number}`,
  number,
  status: "completed",
  ...fields,
});
const rates = {
  "gpt-realtime": {
    "text in": "$4.00",
    "text in, cached": "$0.40",
    "audio in": "$32.00",
    "audio in, cached": "$0.40",
    "text out": "$16.00",
    "audio out": "$64.00",
  },
};

let model: FakeModel<UsageTableTraits>;
let el: HTMLElement;
let life: AbortController;

beforeEach(() => {
  life = new AbortController();
  el = document.createElement("div");
  document.body.append(el);
  model = new FakeModel<UsageTableTraits>({
    panel_id: String(Math.random()),
    problem: "",
    rows: [],
    older: 0,
    older_total: {},
    older_lines: "",
    total: {},
    transcription: {},
    rates,
    prices_of: "",
    facts: "",
    forecast: {},
    budget: {},
    limits: {},
  });
  usageTable.render({ model: model.asModel, el, signal: life.signal });
});

afterEach(() => {
  life.abort();
  el.remove();
});

async function write(changes: Partial<UsageTableTraits>): Promise<void> {
  model.write(changes);
  await Promise.resolve();
}

const cells = (selector: string) =>
  [...el.querySelectorAll(`${selector} :is(th, td)`)].map((cell) => cell.textContent);
const at = (place: string): HTMLElement => {
  const cell = el.querySelector<HTMLElement>(`[data-place="${place}"]`);
  if (cell === null) throw new Error(`no cell ${place}`);
  return cell;
};
const formula = () => el.querySelector(".rtw-usage_table-formula")?.textContent;
const press = (key: string) =>
  document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

test("before the first response there is a sentence and no table", () => {
  expect(el.textContent).toContain("No response yet.");
  expect(el.querySelector("table")).toBeNull();
  expect(el.querySelector<HTMLElement>("details")?.hidden).toBe(true);
});

test("a row for each response, and the total below", async () => {
  await write({
    rows: [line(1), line(2, { status: "cancelled", total: 0 })],
    total: counts({ total: 1600 }),
  });
  const written = new Intl.NumberFormat();
  expect(cells("tbody tr:first-child")).toEqual([
    "1",
    ...[1200, 64, 20, 300, 0, 80, 1600].map((n) => written.format(n)),
    "$0.0123",
  ]);
  expect(cells("tbody tr:last-child")[0]).toBe("2 cancelled");
  expect(cells("tfoot tr")).toHaveLength(9);
});

test("every column has a head for screen readers", async () => {
  await write({ rows: [line(1)], total: counts() });
  expect(cells("thead tr:first-child")).toEqual(["Response", "Text", "Audio", "Total", "Money"]);
  const heads = [...el.querySelectorAll("thead tr:last-child th[scope=col]")];
  const kinds = ["in", "cached", "out"];
  expect(heads.map((head) => head.textContent)).toEqual([...kinds, ...kinds]);
  expect(el.querySelector("caption")?.textContent).not.toBe("");
});

test("pictures, and cached tokens of no kind, have columns when there were any", async () => {
  const some = { image_in: 5, untold_cached: 7 };
  await write({ rows: [line(1, some)], total: counts(some) });
  expect(cells("thead tr:first-child")).toEqual([
    "Response",
    "Text",
    "Audio",
    "Image",
    "Kind not told",
    "Total",
    "Money",
  ]);
});

test("older responses are a row, so that the column adds up", async () => {
  await write({
    rows: [line(21)],
    older: 20,
    older_total: counts({ total: 9, money: "$1" }),
    total: counts(),
    transcription: { used: "2.5 s", money: "free", usd: "0", formula: "free (offline)" },
  });
  expect(cells("tbody tr:first-child")[0]).toBe("1–20");
  expect(cells("tbody tr:first-child").slice(-2)).toEqual(["9", "$1"]);
  expect(cells("tfoot tr:first-child")).toEqual(["Transcription", "2.5 s", "free"]);
});

test("a cell says how its money was worked out", async () => {
  await write({ rows: [line(1)], total: counts() });
  at("1/money").focus();
  expect(formula()).toBe("Response 1, gpt-realtime: (1 × $4.00) / 1e6 = $0.01234");
  at("1/text_in").focus();
  expect(formula()).toBe(
    "Response 1, gpt-realtime, text in: (1,136 × $4.00 + 64 × $0.40) / 1e6 = $0.0045696",
  );
  at("1/audio_out").focus();
  expect(formula()).toBe("Response 1, gpt-realtime, audio out: 80 × $64.00 / 1e6 = $0.00512");
  at("1/audio_cached").focus();
  expect(formula()).toContain("no tokens");
});

test("a price that nobody knows is said in every cell of its row", async () => {
  const row = { prices: "", money: "no price known", formula: "no price known" };
  await write({ rows: [line(1, row)], total: counts(row) });
  at("1/audio_in").focus();
  expect(formula()).toBe("Response 1, audio in: no price known");
});

test("the table is one stop of the tab key, and arrows move inside", async () => {
  const transcription = { used: "2.5 s", money: "free", usd: "0", formula: "3 s × 0" };
  await write({ rows: [line(1), line(2)], total: counts(), transcription });
  const stops = () => el.querySelectorAll('table [tabindex="0"]');
  expect([...stops()].map((cell) => (cell as HTMLElement).dataset.place)).toEqual(["2/money"]);
  at("2/money").focus();
  press("ArrowUp");
  expect(document.activeElement).toBe(at("1/money"));
  press("Home");
  press("ArrowRight");
  expect(document.activeElement).toBe(at("1/text_cached"));
  press("End");
  press("ArrowDown");
  press("ArrowDown");
  expect(formula()).toBe("Transcription: 3 s × 0");
  expect(stops()).toHaveLength(1);
});

test("a new response leaves the focus and the formula where they were", async () => {
  await write({ rows: [line(1)], total: counts() });
  at("1/money").focus();
  await write({ rows: [line(1), line(2)], total: counts() });
  expect(document.activeElement).toBe(at("1/money"));
  expect(formula()).toContain("Response 1");
});

test("nobody asked: nothing is explained, and the stop is at the newest response", async () => {
  await write({ rows: [line(1)], total: counts() });
  await write({ rows: [line(1), line(2)], total: counts() });
  expect(formula()).toBe("Select a number to see how its money was worked out.");
  expect(at("2/money").tabIndex).toBe(0);
});

test("the budget is a bar with a mark, in words as well", async () => {
  expect(el.querySelector("[role=meter]")).toBeNull();
  await write({ budget: { spent: "$0.0410", limit: "$0.05", share: 0.82, warn_at: 0.8 } });
  const bar = el.querySelector<HTMLElement>("[role=meter]");
  expect(bar?.getAttribute("aria-valuetext")).toBe("$0.0410 of $0.05, 82 %");
  expect(bar?.dataset.level).toBe("near");
  expect(bar?.querySelector("i")?.style.left).toBe("80%");
  await write({ budget: { spent: "$0.0600", limit: "$0.05", share: 1.2, warn_at: 0.8 } });
  expect(el.querySelector<HTMLElement>("[role=meter]")?.dataset.level).toBe("over");
});

test("limits, the forecast and the growth stand in the fold", async () => {
  await write({
    rows: [line(1), line(2)],
    total: counts(),
    forecast: { text: "the next turn, as an estimate: 9 tokens", reason: "It grows." },
    limits: {
      at: "0:42",
      rows: [{ name: "<b>tokens", limit: 4000, remaining: 3999, reset_seconds: 0.5 }],
    },
  });
  const fold = el.querySelector("details");
  expect(fold?.open).toBe(false);
  expect(fold?.textContent).toContain("The next turn, as an estimate: 9 tokens. It grows.");
  expect(fold?.textContent).toContain("told them at 0:42");
  const written = new Intl.NumberFormat();
  expect(fold?.querySelector("li")?.textContent).toBe(
    `${written.format(3999)} of ${written.format(4000)} <b>tokens left, full again in ${written.format(0.5)} s`,
  );
  expect(fold?.querySelectorAll("svg g")).toHaveLength(2);
});

test("what is copied are exact numbers", async () => {
  const writeText = vi.fn(() => Promise.resolve());
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  const transcription = { used: "2.5 s", money: "$0.001", usd: "0.001", formula: "" };
  await write({ rows: [line(1)], total: counts({ usd: "0.01334" }), transcription });
  el.querySelector<HTMLElement>("button")?.click();
  await vi.waitFor(() => expect(el.textContent).toContain("Copied"));
  expect(writeText).toHaveBeenCalledWith(
    [
      "response\tstatus\ttext_in\ttext_cached\ttext_out\taudio_in\taudio_cached\taudio_out\ttotal\tusd",
      "1\tcompleted\t1200\t64\t20\t300\t0\t80\t1600\t0.01234",
      "transcription\t\t\t\t\t\t\t\t\t0.001",
      "total\t\t1200\t64\t20\t300\t0\t80\t1600\t0.01334",
      "",
    ].join("\n"),
  );
  vi.unstubAllGlobals();
});

test("responses that are one row here are copied one by one", async () => {
  const writeText = vi.fn((_: string) => Promise.resolve());
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  const names = "status text_in text_cached text_out audio_in audio_cached audio_out image_in";
  const head = [...names.split(" "), "image_cached", "untold_cached", "total", "usd"].join("\t");
  await write({
    rows: [line(3)],
    older: 2,
    older_total: counts(),
    older_lines: `${head}\ncompleted\t1\t2\t3\t4\t5\t6\t0\t0\t0\t21\t0.5\ncancelled${"\t0".repeat(10)}\t`,
    total: counts(),
  });
  el.querySelector<HTMLElement>("button")?.click();
  await vi.waitFor(() => expect(el.textContent).toContain("Copied"));
  expect(writeText.mock.calls[0]?.[0].split("\n").slice(1, 4)).toEqual([
    "1\tcompleted\t1\t2\t3\t4\t5\t6\t21\t0.5",
    `2\tcancelled${"\t0".repeat(7)}\t`,
    "3\tcompleted\t1200\t64\t20\t300\t0\t80\t1600\t0.01234",
  ]);
  vi.unstubAllGlobals();
});

test("nothing is left of a view that ended", () => {
  vi.useFakeTimers();
  life.abort();
  vi.advanceTimersByTime(2000); // what it was started for ends soon after it
  expect(model.handlerCount).toBe(0);
  vi.useRealTimers();
});
