// @vitest-environment node
import { describe, expect, it } from "vitest";
import { Meter } from "./meter";

describe("a meter", () => {
  it("rises at once and falls by 35 dB a second", () => {
    const meter = new Meter();
    meter.push(0.5, 0.04);
    expect(meter.level).toBe(0.5);
    for (let i = 0; i < 25; i++) meter.push(0, 0.04);
    expect(20 * Math.log10(meter.level / 0.5)).toBeCloseTo(-35);
  });

  it("holds the loudest sample for a while", () => {
    const meter = new Meter();
    meter.push(0.5, 0.04);
    for (let i = 0; i < 37; i++) meter.push(0.1, 0.04);
    expect(meter.held).toBe(0.5);
    for (let i = 0; i < 100; i++) meter.push(0.1, 0.04);
    expect(meter.held).toBeCloseTo(0.1);
    meter.push(0.8, 0.04);
    expect(meter.held).toBe(0.8);
  });

  it("remembers for two seconds that something was cut off", () => {
    const meter = new Meter();
    meter.push(0.98, 0.04);
    expect(meter.clipped).toBe(false);
    meter.push(1, 0.04);
    for (let i = 0; i < 49; i++) meter.push(0, 0.04);
    expect(meter.clipped).toBe(true);
    meter.push(0, 0.1);
    expect(meter.clipped).toBe(false);
  });
});
