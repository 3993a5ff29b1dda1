import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeModel } from "../fake_model";
import type { WaveformTraits } from "../model";
import { PAGE } from "../panel";
import waveform from "./waveform";

let model: FakeModel<WaveformTraits>;
let el: HTMLElement;
let life: AbortController;

beforeEach(() => {
  life = new AbortController();
  el = document.createElement("div");
  document.body.append(el);
  model = new FakeModel<WaveformTraits>({
    panel_id: String(Math.random()),
    problem: "",
    side: "model",
    item_id: "",
    label: "",
    before: 0,
    after_it: 0,
    peaks: "",
    bucket_ms: 5,
    duration_ms: 0,
    arriving: false,
    cut_ms: -1,
    played_ms: -1,
    playing: false,
  });
  waveform.render({ model: model.asModel, el, signal: life.signal });
});

afterEach(() => {
  life.abort();
  el.remove();
});

async function write(changes: Partial<WaveformTraits>): Promise<void> {
  model.write(changes);
  await Promise.resolve();
}

const empty = () => el.querySelector<HTMLElement>(".rtw-waveform-empty")?.hidden === false;
const time = () => el.querySelector(".rtw-waveform-time")?.textContent;
const name = () => el.querySelector("canvas")?.getAttribute("aria-label");

test("before the first reply it says what will be here", () => {
  expect(empty()).toBe(true);
  expect(name()).toBe("No reply yet");
});

test("a reply without a speaker has its length", async () => {
  await write({ item_id: "i", label: "Reply 1", duration_ms: 4210 });
  expect(empty()).toBe(false);
  expect(time()).toBe("4.2 s");
  expect(name()).toBe("Reply 1, 4.2 s");
});

test("with a speaker it says how much was heard", async () => {
  await write({
    item_id: "i",
    label: "Reply 1",
    duration_ms: 4200,
    played_ms: 1500,
    playing: true,
  });
  expect(time()).toBe("1.5 s / 4.2 s");
});

test("an interruption is named", async () => {
  await write({ item_id: "i", label: "Reply 2", duration_ms: 4200, played_ms: 1500, cut_ms: 1400 });
  expect(time()).toBe("interrupted at 1.4 s of 4.2 s");
});

const button = (name: string) =>
  el.querySelector(`button[aria-label="${name}"]`) as HTMLButtonElement;
const sent = (kind: string) => model.sent.map((s) => s.message).filter((m) => m.kind === kind);
const frames = () => new Promise((resolve) => setTimeout(resolve, 120));

test("an older sound can be picked where there is one", async () => {
  expect([button("Older reply").disabled, button("Newer reply").disabled]).toEqual([true, true]);
  await write({ item_id: "i", label: "Reply 2", duration_ms: 4200, before: 1 });
  button("Older reply").click();
  expect(sent("pick")).toEqual([{ kind: "pick", page: PAGE, step: -1 }]);
  expect(button("Newer reply").disabled).toBe(true);
});

test("zooming asks for the stretch, and another sound is shown whole again", async () => {
  await write({ item_id: "i", label: "Reply 1", duration_ms: 4200 });
  expect(button("Zoom out").disabled).toBe(true);
  button("Zoom in").click();
  await frames();
  const [question] = sent("range");
  expect(question).toMatchObject({ item_id: "i" });
  expect(Number(question?.to_ms) - Number(question?.from_ms)).toBeCloseTo(0.6 * 6000);
  await write({ item_id: "j", label: "Reply 2" });
  expect(button("Zoom out").disabled).toBe(true);
});

test("the spectrogram is asked for once, and only when it is switched on", async () => {
  await write({ item_id: "i", label: "Reply 1", duration_ms: 4200 });
  await frames();
  expect(sent("spectrogram")).toEqual([]);
  button("Spectrogram").click();
  await frames();
  await write({ played_ms: 10 });
  await frames();
  expect(sent("spectrogram")).toHaveLength(1);
  expect(sent("spectrogram")[0]).toMatchObject({ item_id: "i", from_ms: 0, to_ms: 4200 });
  expect(button("Spectrogram").getAttribute("aria-pressed")).toBe("true");
});

test("its end leaves nothing behind", () => {
  vi.useFakeTimers();
  life.abort();
  vi.advanceTimersByTime(2000); // what it was started for ends soon after it
  expect(model.handlerCount).toBe(0);
  vi.useRealTimers();
});
