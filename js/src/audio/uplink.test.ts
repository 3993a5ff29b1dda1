// @vitest-environment node
import { describe, expect, it } from "vitest";
import { Uplink } from "./uplink";

/** So much sound in frames of one length, none of them answered. */
function speak(uplink: Uplink, seconds: number, frameMs: number): void {
  const count = Math.round((1000 * seconds) / frameMs);
  for (let i = 0; i < count; i++) {
    const samples = new Int16Array(24 * frameMs);
    uplink.take({ samples, sample: 0, time: 0, open: true }, frameMs / 1000, true);
  }
}

describe.each([10, 40, 200])("a kernel that does not answer frames of %i ms", (frameMs) => {
  const uplink = new Uplink(frameMs, () => undefined);

  it("is waited for as long with all of them", () => {
    speak(uplink, 3, frameMs);
    expect(uplink.delayed).toBe(false);
    speak(uplink, 0.2, frameMs);
    expect(uplink.delayed).toBe(true);
    speak(uplink, 596.8, frameMs);
    expect(uplink.abandoned).toBe(false);
    speak(uplink, 0.2, frameMs);
    expect(uplink.abandoned).toBe(true);
  });

  it("catches up", () => {
    uplink.acknowledge(uplink.sent - 1);
    expect(uplink.waitingS).toBeCloseTo(frameMs / 1000);
    expect([uplink.delayed, uplink.abandoned]).toEqual([false, false]);
    uplink.acknowledge(5); // an older answer changes nothing
    expect(uplink.waitingS).toBeCloseTo(frameMs / 1000);
    uplink.acknowledge(uplink.sent);
    expect(uplink.waitingS).toBe(0);
    speak(uplink, 1, frameMs);
    uplink.restart();
    expect([uplink.waitingS, uplink.sent]).toEqual([0, 0]);
  });
});

it("counts frames of several lengths by their sound", () => {
  const uplink = new Uplink(40, () => undefined);
  speak(uplink, 1, 10);
  speak(uplink, 1, 100);
  uplink.acknowledge(100);
  expect(uplink.waitingS).toBeCloseTo(1);
});
