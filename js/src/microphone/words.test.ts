// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Recorder } from "../audio/recorder";
import { clock, face, levelWords, meterShare, status, transport } from "./words";

const recorder = (state: object) =>
  ({
    state: "open",
    kind: "microphone",
    mode: "hands_free",
    uplink: { delayed: false },
    ...state,
  }) as unknown as Recorder;
const traits = { speaking: false, closed: false };

describe("the state in one phrase", () => {
  it.each([
    ["Listening", {}],
    ["The kernel does not answer yet; what you say waits for it", { uplink: { delayed: true } }],
    ["Waiting for the browser’s permission", { state: "opening" }],
    ["Reading the file", { state: "opening", kind: "file" }],
    ["Speaking from a.wav", { kind: "file", source: { name: "a.wav" } }],
    ["Muted: silence is sent", { muted: true }],
    ["Ready", { mode: "push_to_talk" }],
    ["Recording", { mode: "push_to_talk", pressed: true }],
    ["Microphone off", { state: "closed" }],
    ["Recording in another tab", { state: "closed", elsewhere: true }],
    ["The kernel is gone", { state: "closed", failure: { failure: "kernel" } }],
    ["The kernel does not answer", { state: "closed", failure: { failure: "unanswered" } }],
    ["Interrupted", { state: "closed", failure: { failure: "interrupted" } }],
    ["File not spoken", { state: "closed", failure: { failure: "file" } }],
    ["No microphone", { state: "closed", failure: { failure: "denied" } }],
  ])("%s", (phrase, state) => {
    expect(status(recorder(state), traits)).toBe(phrase);
  });

  it("says what the server does", () => {
    expect(status(recorder({}), { ...traits, speaking: true })).toBe("Hearing you");
    expect(status(recorder({}), { ...traits, closed: true })).toBe("The session is over");
  });
});

describe("the main button", () => {
  it.each([
    ["record", { state: "closed" }],
    ["stop", {}],
    ["hold", { mode: "push_to_talk", state: "closed" }],
    ["stop", { mode: "push_to_talk", kind: "file" }],
  ])("is to %s", (which, state) => {
    expect(face(recorder(state))).toBe(which);
  });
});

describe("what frames suffered", () => {
  const nothing = { frames_lost: 0, out_of_order: 0, frames_late: 0, delay_ms: 300 };

  it("is not mentioned when it is nothing", () => {
    expect(transport(nothing)).toEqual({ badge: "", sentences: "" });
  });

  it("is short in the badge and whole in the sentences", () => {
    const { badge, sentences } = transport({ ...nothing, frames_lost: 1, out_of_order: 2 });
    expect(badge).toBe("1 frame lost, 2 out of order");
    expect(sentences).toMatch(/^1 frame never reached the kernel; .* 2 frames came after a later/);
    const late = transport({ ...nothing, frames_late: 12, delay_ms: 2100 });
    expect(late.badge).toBe("late by 2.1 s");
    expect(late.sentences).toMatch(/12 frames came late, by 2.1 s at the most/);
  });
});

describe("the meter", () => {
  it("counts in dB", () => {
    expect(meterShare(0)).toBe(0);
    expect(meterShare(1)).toBe(1);
    expect(meterShare(0.001)).toBeCloseTo(0);
    expect(meterShare(Math.sqrt(0.001))).toBeCloseTo(0.5);
    expect(meterShare(2)).toBe(1);
  });

  it("is read in words", () => {
    expect(levelWords(0, false)).toBe("silence");
    expect(levelWords(0.5, false)).toBe("-6 dB");
    expect(levelWords(1, true)).toMatch(/too loud/);
  });

  it("has a clock for files", () => {
    expect([clock(0), clock(9.9), clock(61), clock(600)]).toEqual([
      "0:00",
      "0:09",
      "1:01",
      "10:00",
    ]);
  });
});
