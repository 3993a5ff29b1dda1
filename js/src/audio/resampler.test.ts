// @vitest-environment node
import { describe, expect, it } from "vitest";
import { Resampler } from "./resampler";

/** A sine of `seconds` at amplitude 1. */
function sine(frequency: number, rate: number, seconds = 0.5): Float32Array {
  return Float32Array.from({ length: Math.round(rate * seconds) }, (_, n) =>
    Math.sin((2 * Math.PI * frequency * n) / rate),
  );
}

/** Everything through a resampler, in chunks of the given size. */
function resample(input: Float32Array, from: number, to: number, chunk = 128): Float32Array {
  const resampler = new Resampler(from, to);
  const output = new Float32Array(resampler.maxOutput(chunk));
  const all: number[] = [];
  for (let at = 0; at < input.length; at += chunk) {
    const count = resampler.process(input.subarray(at, at + chunk), output);
    all.push(...output.subarray(0, count));
  }
  return Float32Array.from(all);
}

/** The part without the filter's start. */
const steady = (x: Float32Array) => x.subarray(Math.floor(x.length / 5));

/** Level of the whole sound against a sine of amplitude 1, in dB. */
function levelDb(x: Float32Array): number {
  let sum = 0;
  for (const value of x) sum += value * value;
  return 10 * Math.log10((2 * sum) / x.length + 1e-30);
}

/** Amplitude of one frequency (by correlation over whole periods), in dB. */
function toneDb(x: Float32Array, frequency: number, rate: number): number {
  let [re, im] = [0, 0];
  let weight = 0;
  x.forEach((value, n) => {
    const window = Math.sin((Math.PI * n) / x.length) ** 4;
    re += value * window * Math.cos((2 * Math.PI * frequency * n) / rate);
    im += value * window * Math.sin((2 * Math.PI * frequency * n) / rate);
    weight += window / 2;
  });
  return 20 * Math.log10(Math.hypot(re, im) / weight);
}

describe.each([8000, 16000, 22050, 32000, 44100, 48000, 96000, 192000])("from %i Hz", (rate) => {
  const half = Math.min(rate, 24000) / 2;
  const kept = [100, 1000, 3000, 0.5 * half, 0.8 * half, 0.86 * half];

  it("keeps the band of speech within 0.01 dB", () => {
    for (const frequency of kept) {
      const heard = steady(resample(sine(frequency, rate), rate, 24000));
      expect(Math.abs(toneDb(heard, frequency, 24000)), `${frequency} Hz`).toBeLessThan(0.01);
    }
  });

  it("lets nothing through that would fold back, or that the steps add", () => {
    const stopped = [0.51 * 24000, 0.55 * 24000, 0.75 * 24000, 0.99 * 24000, 1.7 * 24000];
    for (const frequency of stopped.filter((f) => f < rate / 2)) {
      const heard = steady(resample(sine(frequency, rate), rate, 24000));
      expect(levelDb(heard), `${frequency} Hz`).toBeLessThan(-85);
    }
    const tone = resample(sine(1000, rate), rate, 24000);
    const heard = steady(tone);
    const ideal = fitted(heard, 1000);
    expect(levelDb(heard.map((value, n) => value - ideal(n)))).toBeLessThan(-85);
  });

  it("gives the same samples whatever the chunks", () => {
    const input = sine(440, rate, 0.2);
    const whole = resample(input, rate, 24000, input.length);
    for (const chunk of [1, 7, 128, 1000]) {
      expect(resample(input, rate, 24000, chunk)).toEqual(whole);
    }
  });

  it("neither loses nor invents time", () => {
    const seconds = 2;
    const count = resample(new Float32Array(rate * seconds), rate, 24000).length;
    const lag = Math.ceil(new Resampler(rate, 24000).delay * 24000);
    expect(count).toBeLessThanOrEqual(24000 * seconds);
    expect(count).toBeGreaterThanOrEqual(24000 * seconds - lag - 1);
  });
});

/** The sine of this frequency that fits best. */
function fitted(x: Float32Array, frequency: number): (n: number) => number {
  let [ss, sc, cc, xs, xc] = [0, 0, 0, 0, 0];
  const w = (2 * Math.PI * frequency) / 24000;
  x.forEach((value, n) => {
    const [s, c] = [Math.sin(w * n), Math.cos(w * n)];
    ss += s * s;
    sc += s * c;
    cc += c * c;
    xs += value * s;
    xc += value * c;
  });
  const det = ss * cc - sc * sc;
  const [a, b] = [(xs * cc - xc * sc) / det, (xc * ss - xs * sc) / det];
  return (n) => a * Math.sin(w * n) + b * Math.cos(w * n);
}

describe("a resampler", () => {
  it("puts an output sample where its time is", () => {
    const heard = resample(sine(500, 48000, 0.1), 48000, 24000);
    // Output n is input time 2n: no lag but the wait for the samples ahead.
    for (let n = 200; n < 1000; n++) {
      expect(heard[n]).toBeCloseTo(Math.sin((2 * Math.PI * 500 * n) / 24000), 3);
    }
  });

  it("passes equal rates through untouched", () => {
    const input = sine(440, 24000, 0.1);
    expect(resample(input, 24000, 24000)).toEqual(input);
  });

  it("manages rates without a common divisor", () => {
    const heard = steady(resample(sine(1000, 44099), 44099, 24000));
    expect(Math.abs(toneDb(heard, 1000, 24000))).toBeLessThan(0.05);
  });

  it("refuses rates that are none", () => {
    expect(() => new Resampler(0, 24000)).toThrow(RangeError);
    expect(() => new Resampler(44100.5, 24000)).toThrow(RangeError);
  });
});

describe.each([16000, 24000, 44100, 48000, 96000])(
  "to 8,000 Hz (a telephone) from %i Hz",
  (rate) => {
    const heardOf = (frequency: number) => steady(resample(sine(frequency, rate), rate, 8000));

    it("keeps 3.4 kHz of speech within 0.01 dB", () => {
      for (const frequency of [100, 300, 1000, 2000, 3400]) {
        expect(Math.abs(toneDb(heardOf(frequency), frequency, 8000)), `${frequency}`).toBeLessThan(
          0.01,
        );
      }
    });

    it("rejects by 85 dB what would fold back", () => {
      const stopped = [4100, 4600, 6000, 7900, 11000, 20000];
      for (const frequency of stopped.filter((f) => f < rate / 2)) {
        expect(levelDb(heardOf(frequency)), `${frequency} Hz`).toBeLessThan(-85);
      }
    });
  },
);
