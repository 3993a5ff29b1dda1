import { describe, expect, it } from "vitest";
import { chirp, findEcho, RATE } from "./echo";
import type { Facts } from "./facts";
import { judge, judgeEcho } from "./judge";

const WELL: Facts = {
  secure: true,
  origin: "http://localhost:8888",
  permission: "prompt",
  media: true,
  worklet: true,
  microphones: 1,
  speakers: 2,
  rate: 48000,
  asleep: false,
  up: true,
  down: true,
  roundTrips: [10, 20, 30],
};

const line = (facts: Partial<Facts>, name: string) => {
  const found = judge({ ...WELL, ...facts }).find((check) => check.name === name);
  if (found === undefined) throw new Error(`no line ${name}`);
  return found;
};

describe("a page where all is well", () => {
  it("has only good lines, and nothing to do", () => {
    expect(judge(WELL).map(({ state }) => state)).toEqual(Array(6).fill("ok"));
    expect(judge(WELL).map(({ todo }) => todo)).toEqual(Array(6).fill(""));
  });
});

describe("what is wrong has something to do beside it", () => {
  it.each([
    ["secure context", { secure: false, origin: "http://10.0.0.5:8888" }, /localhost or https/],
    ["microphone permission", { permission: "denied" }, /allow it/],
    ["microphone permission", { media: false }, /capture_page/],
    ["devices", { microphones: 0 }, /plug/],
    ["sound", { worklet: false }, /secure context/],
    ["sound", { rate: 0 }, /current browser/],
    ["buffers", { up: undefined, down: undefined }, /restart the kernel/],
  ] as const)("%s", (name, facts, todo) => {
    const found = line(facts as Partial<Facts>, name);
    expect(found.state).toBe("bad");
    expect(found.todo).toMatch(todo);
  });

  it("a slow way is no obstacle", () => {
    expect(line({ roundTrips: Array(20).fill(400) }, "round trip").state).toBe("warn");
    expect(line({ roundTrips: [] }, "round trip").state).toBe("unknown");
    expect(line({ roundTrips: [12.4, 80.2] }, "round trip").text).toContain("12 ms");
  });

  it("dropped buffers are said and are no obstacle", () => {
    expect(line({ up: false }, "buffers").text).toContain("to the kernel");
    expect(line({ down: false }, "buffers").text).toContain("to the page");
    expect(line({ up: false, down: false }, "buffers").state).toBe("ok");
  });
});

/** A room: the chirp, so loud and so late, in noise. */
function room(gain: number, delayMs: number, noise: number): Float32Array {
  let seed = 1;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647 - 0.5;
  };
  const heard = Float32Array.from({ length: 1.6 * RATE }, () => 2 * noise * random());
  const at = Math.round((delayMs * RATE) / 1000);
  chirp().forEach((value, i) => {
    heard[at + i] = (heard[at + i] as number) + gain * value;
  });
  return heard;
}

describe("the echo", () => {
  it.each([
    [1, 430],
    [0.1, 500],
    [0.01, 650],
  ])("of gain %f after %i ms is found in noise", (gain, at) => {
    const echo = findEcho(room(gain, at, 0.01), chirp(), 400);
    expect(echo.heard).toBe(true);
    expect(echo.db).toBeCloseTo(20 * Math.log10(gain), 0);
    expect(echo.delayMs).toBeCloseTo(at - 400, 0);
  });

  it("is not found where there is none", () => {
    expect(findEcho(room(0, 500, 0.1), chirp(), 400).heard).toBe(false);
    expect(findEcho(new Float32Array(RATE), chirp(), 400).heard).toBe(false);
    expect(findEcho(new Float32Array(0), chirp(), 400).heard).toBe(false);
  });

  it("is judged by what it does to a conversation", () => {
    expect(judgeEcho({ heard: true, db: -6, delayMs: 40 }).state).toBe("warn");
    expect(judgeEcho({ heard: true, db: -45, delayMs: 40 }).state).toBe("ok");
    expect(judgeEcho({ heard: false, db: -90, delayMs: 0 }).state).toBe("ok");
    expect(judgeEcho("The microphone was refused.").state).toBe("unknown");
  });
});
