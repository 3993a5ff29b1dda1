import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeModel } from "../fake_model";
import type { UsageCounts, UsageLine, UsageTableTraits } from "../model";
import usageTable from "./usage_table";

const counts = (fields: Partial<UsageCounts> = {}): UsageCounts => ({
  text_in: 1200,
  audio_in: 300,
  image_in: 0,
  cached_in: 64,
  text_out: 20,
  audio_out: 80,
  total: 1600,
  money: "$0.0123",
  ...fields,
});
const line = (number: number, fields: Partial<UsageLine> = {}): UsageLine => ({
  ...counts(),
  response_id: `resp_${number}`,
  number,
  status: "completed",
  ...fields,
});

let model: FakeModel<UsageTableTraits>;
let el: HTMLElement;
let life: AbortController;

beforeEach(() => {
  life = new AbortController();
  el = document.createElement("div");
  model = new FakeModel<UsageTableTraits>({
    panel_id: String(Math.random()),
    problem: "",
    rows: [],
    older: 0,
    total: counts({ total: 0 }),
    transcription: "",
  });
  usageTable.render({ model: model.asModel, el, signal: life.signal });
});

afterEach(() => life.abort());

async function write(changes: Partial<UsageTableTraits>): Promise<void> {
  model.write(changes);
  await Promise.resolve();
}

const cells = (selector: string) =>
  [...el.querySelectorAll(`${selector} :is(th, td)`)].map((cell) => cell.textContent);

test("before the first response there is a sentence and no table", () => {
  expect(el.textContent).toContain("No response yet.");
  expect(el.querySelector("table")).toBeNull();
});

test("a row for each response, and the total below", async () => {
  await write({
    rows: [line(1), line(2, { status: "cancelled", total: 0 })],
    total: counts({ total: 1600 }),
  });
  const written = new Intl.NumberFormat();
  expect(cells("tbody tr:first-child")).toEqual([
    "1",
    ...[1200, 300, 64, 20, 80, 1600].map((n) => written.format(n)),
    "$0.0123",
  ]);
  expect(cells("tbody tr:last-child")[0]).toBe("2 cancelled");
  expect(cells("tfoot tr")).toHaveLength(8);
});

test("every column has a head for screen readers", async () => {
  await write({ rows: [line(1)], total: counts() });
  const heads = [...el.querySelectorAll("thead tr:last-child th[scope=col]")];
  expect(heads.map((head) => head.textContent)).toEqual([
    "text",
    "audio",
    "of it cached",
    "text",
    "audio",
  ]);
  expect(el.querySelector("caption")?.textContent).not.toBe("");
});

test("pictures have a column when there were any", async () => {
  await write({ rows: [line(1, { image_in: 5 })], total: counts({ image_in: 5 }) });
  expect(cells("thead tr:last-child")).toContain("image");
});

test("what is not in the rows is said below", async () => {
  await write({ rows: [line(21)], older: 20, total: counts(), transcription: "2.5 s, free" });
  expect(el.textContent).toContain("20 older responses are in the total only.");
  expect(el.textContent).toContain("Transcription of your speech, apart: 2.5 s, free.");
});
