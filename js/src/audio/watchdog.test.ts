// @vitest-environment node
import { describe, expect, it } from "vitest";
import { Watchdog } from "./watchdog";

/** Seconds of sound, the audio clock `behind` the wall clock. */
function run(dog: Watchdog, from: number, seconds: number, behind = 0, rate = 1) {
  const said: string[] = [];
  for (let second = from; second < from + seconds; second++) {
    dog.heard(rate * (second - behind));
    const what = dog.tick(1000 + second);
    if (what !== undefined) said.push(what);
  }
  return said;
}

describe("a watchdog", () => {
  it("is quiet while sound comes, also for ten hours of two clocks that drift", () => {
    expect(run(new Watchdog(), 0, 36_000, 0, 1.0003)).toEqual([]);
    expect(run(new Watchdog(), 0, 36_000, 0, 0.9997)).toEqual([]);
  });

  it("knows a device that stopped", () => {
    const dog = new Watchdog();
    run(dog, 0, 10);
    const said = Array.from({ length: 6 }, (_, n) => dog.tick(1010 + n));
    expect(said).toEqual([undefined, undefined, undefined, undefined, undefined, "stalled"]);
  });

  it("knows a device that never gave anything", () => {
    const dog = new Watchdog();
    expect(Array.from({ length: 6 }, (_, n) => dog.tick(n)).at(-1)).toBe("stalled");
  });

  it("knows a computer that slept: its audio clock stood still", () => {
    const dog = new Watchdog();
    run(dog, 0, 10);
    expect(run(dog, 70, 3, 60)).toContain("slept");
  });

  it("is no nuisance to a page that was busy: what waited comes late, and then no more", () => {
    const dog = new Watchdog();
    run(dog, 0, 10);
    dog.heard(10.04); // the oldest of the frames that waited, at the first tick after 30 s
    expect(dog.tick(1040)).toBeUndefined();
    expect(run(dog, 41, 10)).toEqual([]);
  });
});
