import { beforeEach, describe, expect, it, vi } from "vitest";
import { openFile, pace, rateOf } from "./file";
import type { Frame } from "./frames";

const RATE = 24000;

function wav(rate: number, before = 0): ArrayBuffer {
  const bytes = new ArrayBuffer(60 + before);
  const view = new DataView(bytes);
  const tag = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i));
  };
  tag(0, "RIFF");
  tag(8, "WAVE");
  if (before > 0) {
    tag(12, "JUNK");
    view.setUint32(16, before - 8, true);
  }
  tag(12 + before, "fmt ");
  view.setUint32(16 + before, 16, true);
  view.setUint32(24 + before, rate, true);
  return bytes;
}

describe("the rate of a file", () => {
  it("is what its head says", () => {
    expect(rateOf(wav(16000))).toBe(16000);
    expect(rateOf(wav(44100, 20))).toBe(44100);
    const flac = new DataView(new ArrayBuffer(64));
    flac.setUint32(0, 0x664c6143);
    flac.setUint32(18, (22050 << 12) | 0xabc);
    expect(rateOf(flac.buffer)).toBe(22050);
  });

  it("is a usual one where the head says none, or nonsense", () => {
    expect(rateOf(new ArrayBuffer(0))).toBe(48000);
    expect(rateOf(new ArrayBuffer(500))).toBe(48000);
    expect(rateOf(wav(3))).toBe(48000);
    expect(rateOf(wav(16000).slice(0, 20))).toBe(48000);
  });
});

describe("a file that is spoken", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  function speak(seconds: number, deviceRate = RATE, gateDb?: number, amplitude = 0.5) {
    const samples = Float32Array.from(
      { length: Math.round(seconds * deviceRate) },
      (_, n) => amplitude * Math.sin((2 * Math.PI * 440 * n) / deviceRate),
    );
    const frames: Frame[] = [];
    const onEnd = vi.fn();
    const onFrame = (frame: Frame) => frames.push(frame);
    const options = { rate: RATE, frameMs: 40, gateDb, onFrame, onEnd, onSilenced: () => {} };
    return { samples, frames, onEnd, source: pace("speech.wav", samples, deviceRate, options) };
  }

  it("comes whole, in real time, and filled up to a whole frame", () => {
    const { samples, frames, onEnd, source } = speak(1.23);
    vi.advanceTimersByTime(1000);
    expect(frames.length).toBeGreaterThanOrEqual(24);
    expect(frames.length).toBeLessThanOrEqual(26);
    expect(source.at).toBeCloseTo(1, 1);
    expect(onEnd).not.toHaveBeenCalled();
    vi.advanceTimersByTime(400);
    expect(onEnd).toHaveBeenCalledOnce();
    const heard = frames.flatMap((frame) => [...frame.samples]);
    expect(heard.length).toBe(31 * 960);
    samples.forEach((x, n) => {
      expect(Math.abs((heard[n] as number) - x * 32768)).toBeLessThanOrEqual(1);
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is resampled as the microphone is", () => {
    const { frames } = speak(1, 44100);
    vi.advanceTimersByTime(1200);
    const heard = frames.flatMap((frame) => [...frame.samples]);
    for (let n = 500; n < 23000; n++) {
      const wanted = 0.5 * Math.sin((2 * Math.PI * 440 * n) / RATE) * 32768;
      expect(Math.abs((heard[n] as number) - wanted)).toBeLessThan(3);
    }
  });

  it("stops when it is closed, and is silent while it is muted", () => {
    const { frames, source, onEnd } = speak(2);
    source.enable(false);
    vi.advanceTimersByTime(200);
    expect(frames.every((frame) => frame.samples.every((x) => x === 0))).toBe(true);
    source.enable(true);
    vi.advanceTimersByTime(200);
    expect(frames.at(-1)?.samples.some((x) => x !== 0)).toBe(true);
    const count = frames.length;
    source.close();
    vi.advanceTimersByTime(3000);
    expect(frames.length).toBe(count);
    expect(onEnd).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("passes the noise gate as the voice does", () => {
    const { frames, source } = speak(3, RATE, -10, 0.1); // the tone has -20 dB
    vi.advanceTimersByTime(1000);
    expect(frames.at(-1)?.samples.every((x) => x === 0)).toBe(true);
    expect(frames.at(-1)?.open).toBe(false);
    source.gate(-30);
    vi.advanceTimersByTime(200);
    expect(frames.at(-1)?.samples.some((x) => Math.abs(x) > 3000)).toBe(true);
    expect(frames.at(-1)?.open).toBe(true);
    source.close();
  });

  it("does not make up for a page that slept", () => {
    const { frames } = speak(100);
    vi.advanceTimersByTime(100);
    const before = frames.length;
    const now = performance.now();
    vi.spyOn(performance, "now").mockReturnValue(now + 60_000);
    vi.advanceTimersByTime(40);
    expect(frames.length - before).toBeLessThanOrEqual(52);
  });
});

describe("a file that cannot be spoken", () => {
  const options = {
    rate: RATE,
    frameMs: 40,
    gateDb: undefined,
    onFrame() {},
    onEnd() {},
    onSilenced() {},
  };
  const decodes = (result: unknown) =>
    vi.stubGlobal(
      "OfflineAudioContext",
      class {
        async decodeAudioData() {
          if (result instanceof Error) throw result;
          return result;
        }
      },
    );

  it.each([
    ["file", new Error("EncodingError")],
    ["file", { length: 0, duration: 0 }],
    ["file_long", { length: 1, duration: 601 }],
  ])("is refused as %s", async (failure, result) => {
    decodes(result);
    const opening = openFile(new File(["x"], "a.wav"), options);
    await expect(opening).rejects.toMatchObject({ failure });
    await expect(openFile(new File(["x"], "a.wav"), options)).rejects.toThrow("“a.wav”");
  });
});
