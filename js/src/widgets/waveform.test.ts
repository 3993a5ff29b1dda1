import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeModel } from "../fake_model";
import type { WaveformTraits } from "../model";
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
    item_id: "",
    label: "",
    peaks: new DataView(new ArrayBuffer(0)),
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

test("its end leaves nothing behind", () => {
  life.abort();
  expect(model.handlerCount).toBe(0);
});
