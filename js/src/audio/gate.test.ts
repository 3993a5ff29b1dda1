// @vitest-environment node
import { describe, expect, it } from "vitest";
import { Gate } from "./gate";

const RATE = 24000;

/** A tone of an amplitude, in quanta of 64 samples through the gate. */
function through(gate: Gate, amplitude: number, seconds: number) {
  const input = Float32Array.from(
    { length: Math.round(seconds * RATE) },
    (_, n) => amplitude * Math.sin((2 * Math.PI * 300 * n) / RATE),
  );
  const output = Float32Array.from(input);
  const open: boolean[] = [];
  for (let at = 0; at < output.length; at += 64) {
    const part = output.subarray(at, at + 64);
    open.push(gate.process(part, part.length));
  }
  return { input, output, open };
}

/** A gate at -40 dB (0.01) that has long been closed. */
function closed(): Gate {
  const gate = new Gate(RATE);
  gate.set(-40);
  through(gate, 0.001, 1);
  return gate;
}

describe("a noise gate", () => {
  it("changes nothing while it is off", () => {
    const { input, output, open } = through(new Gate(RATE), 0.001, 0.1);
    expect(output).toEqual(input);
    expect(open.every(Boolean)).toBe(true);
  });

  it("makes what is quiet silent, and lets speech through whole", () => {
    expect(through(closed(), 0.004, 0.2).output.every((x) => x === 0)).toBe(true);
    const { input, output, open } = through(closed(), 0.3, 0.2);
    expect(output.subarray(200)).toEqual(input.subarray(200));
    expect(open[0]).toBe(true);
  });

  it("stays open for 300 ms after the last loud sample", () => {
    const gate = closed();
    through(gate, 0.3, 0.1);
    expect(through(gate, 0.002, 0.29).open.every(Boolean)).toBe(true);
    expect(through(gate, 0.002, 0.1).open.at(-1)).toBe(false);
  });

  it("takes less to stay open than to open", () => {
    const gate = closed();
    through(gate, 0.3, 0.1);
    expect(through(gate, 0.007, 1).open.at(-1)).toBe(true);
    expect(through(closed(), 0.007, 1).open.at(-1)).toBe(false);
  });

  it("clicks neither when it opens, nor when it closes, nor when it is switched", () => {
    // The gain is what is left of a constant; a step in it would be a click.
    const gain = (gate: Gate, value: number, count: number) => {
      const samples = new Float32Array(count).fill(value);
      gate.process(samples, count);
      return samples.map((x) => x / value);
    };
    const steepest = (x: Float32Array) =>
      x.reduce(
        (most, value, n) => Math.max(most, n > 0 ? Math.abs(value - (x[n - 1] ?? 0)) : 0),
        0,
      );
    const gate = closed();
    const opening = gain(gate, 0.5, 1000);
    const closing = gain(gate, 0.001, 12000);
    const off = closed();
    off.set(undefined);
    const switched = gain(off, 0.001, 1000);
    for (const ramp of [opening, closing, switched]) expect(steepest(ramp)).toBeLessThan(0.009);
    expect([opening.at(-1), closing.at(-1), switched.at(-1)]).toEqual([1, 0, 1]);
  });
});
