import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { PlayerEvents } from "../audio/player";
import type { PlaybackCommand } from "../audio/threads";
import { FakeModel } from "../fake_model";
import type { SpeakerTraits } from "../model";
import { PAGE } from "../panel";
import widget from "./speaker";

const context = vi.hoisted(() => ({ blocked: false, failure: "", volume: -1, stops: 0, sink: "" }));

vi.mock("../audio/player", () => ({
  Player: class {
    readonly events: PlayerEvents;
    constructor(
      readonly rate: number,
      events: PlayerEvents,
    ) {
      this.events = events;
    }
    get blocked() {
      return context.blocked;
    }
    get latency() {
      return 0;
    }
    set volume(volume: number) {
      context.volume = volume;
    }
    async sound(device: string) {
      context.sink = device;
      return true;
    }
    resume() {
      if (context.failure !== "") this.events.onFailure(new Error(context.failure));
      this.events.onState();
    }
    post(command: PlaybackCommand) {
      if (command.kind === "stop") context.stops++;
    }
    close() {}
  },
}));

let panels = 0;

function show(traits: Partial<SpeakerTraits> = {}) {
  const model = new FakeModel<SpeakerTraits>({
    panel_id: `speaker${panels++}`,
    problem: "",
    volume: 1,
    muted: false,
    playing: false,
    thinking: false,
    interrupted_ms: -1,
    owner: PAGE,
    underruns: 0,
    lost_ms: 0,
    latest: "",
    replaying: "",
    notice: "",
    ...traits,
  });
  const life = new AbortController();
  onTestFinished(() => life.abort());
  const { signal } = life;
  const el = document.createElement("div");
  document.body.append(el);
  widget.initialize({ model: model.asModel, signal });
  widget.render({ model: model.asModel, el, signal });
  const find = <T extends HTMLElement>(selector: string) => el.querySelector(selector) as T;
  return {
    model,
    mute: find<HTMLButtonElement>(".rtw-speaker-mute"),
    volume: find<HTMLInputElement>(".rtw-speaker-volume"),
    stop: find<HTMLButtonElement>(".rtw-speaker-stop"),
    enable: find<HTMLButtonElement>(".rtw-speaker-enable"),
    again: find<HTMLButtonElement>(".rtw-speaker-again"),
    lost: find(".rtw-speaker-lost"),
    says_all: find(".rtw-speaker-says"),
    settings: find<HTMLDetailsElement>(".rtw-speaker-settings"),
    device: find<HTMLSelectElement>(".rtw-speaker-device"),
    facts: () => [...el.querySelectorAll(".rtw-speaker-value")].map((value) => value.textContent),
    says: find("[role=status]"),
    alert: find(".rtw-notice"),
  };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("the speaker panel", () => {
  beforeEach(() => {
    Object.assign(context, { blocked: false, failure: "", volume: -1, stops: 0 });
    document.body.replaceChildren();
  });

  it("says what goes on", async () => {
    const { model, says, stop } = show();
    expect(says.textContent).toBe("Silent");
    expect(stop.disabled).toBe(true);
    model.write({ playing: true });
    await settled();
    expect(says.textContent).toBe("Speaking");
    model.write({ muted: true });
    await settled();
    expect(says.textContent).toBe("Speaking (muted)");
    stop.click();
    expect(context.stops).toBe(1);
  });

  it("says that an answer is being made, and how much was heard of one that was cut", async () => {
    const { model, says, stop } = show({ thinking: true });
    expect(says.textContent).toBe("Thinking");
    expect(stop.disabled).toBe(false);
    model.write({ thinking: false, playing: true });
    await settled();
    expect(says.textContent).toBe("Speaking");
    model.write({ playing: false, interrupted_ms: 2340 });
    await settled();
    expect(says.textContent).toBe("Interrupted after 2.3 s");
    model.write({ interrupted_ms: 0 });
    await settled();
    expect(says.textContent).toBe("Interrupted");
  });

  it("has one visible button while the browser waits for a gesture", async () => {
    context.blocked = true;
    const { model, enable, says } = show();
    expect(enable.hidden).toBe(false);
    expect(enable.textContent).toBe("Enable sound");
    model.write({ playing: true });
    await settled();
    expect(says.textContent).toBe("A reply waits for you");
    context.blocked = false;
    enable.click();
    expect(enable.hidden).toBe(true);
    expect(says.textContent).toBe("Speaking");
  });

  it("offers the sound to a page that follows silently", async () => {
    const { model, enable, says, stop } = show({ owner: "another", playing: true });
    expect(says.textContent).toBe("Sound plays in another page");
    expect(enable.textContent).toBe("Play here");
    expect(stop.disabled).toBe(true);
    enable.click();
    expect(model.kinds.at(-1)).toBe("claim");
    model.write({ owner: PAGE });
    await settled();
    expect(enable.hidden).toBe(true);
  });

  it("changes the volume at once and tells the kernel in the end", () => {
    const { model, volume, mute } = show();
    volume.value = "0.5";
    volume.dispatchEvent(new Event("input"));
    expect(context.volume).toBe(0.5);
    expect(model.kinds).not.toContain("volume");
    volume.dispatchEvent(new Event("change"));
    expect(model.sent.at(-1)?.message).toMatchObject({ kind: "volume", volume: 0.5, muted: false });
    mute.click();
    expect(context.volume).toBe(0);
    expect(model.sent.at(-1)?.message).toMatchObject({ kind: "volume", muted: true });
  });

  it("names the mute button by what it does", async () => {
    const { model, mute } = show();
    expect([mute.getAttribute("aria-label"), mute.getAttribute("aria-pressed")]).toEqual([
      "Mute",
      "false",
    ]);
    model.write({ muted: true });
    await settled();
    expect([mute.getAttribute("aria-label"), mute.getAttribute("aria-pressed")]).toEqual([
      "Unmute",
      "true",
    ]);
  });

  it("says why there is no sound", () => {
    context.failure = "This page is not a secure context.";
    const { says, alert } = show();
    expect(says.textContent).toBe("No sound");
    expect(alert.hidden).toBe(false);
    expect(alert.textContent).toMatch(/secure context/);
  });

  it("says how much waits for a gesture", async () => {
    context.blocked = true;
    const { model, says_all } = show({ playing: true });
    const sound = [new DataView(new ArrayBuffer(4 * 48_000))];
    const fields = { seq: 0, gen: 0, item_id: "a", rate: 24000, last: true };
    model.receive({ kind: "audio", page: PAGE, ...fields }, sound);
    expect(says_all.textContent).toBe("A reply waits for you (4.0 s)");
  });

  it("plays the last reply again, where there is one and nothing sounds", async () => {
    const { model, again, says } = show();
    expect(again.hidden).toBe(true);
    model.write({ latest: "a" });
    await settled();
    expect([again.hidden, again.disabled]).toEqual([false, false]);
    again.click();
    expect(model.sent.at(-1)?.message).toMatchObject({ kind: "replay", item_id: "" });
    model.write({ playing: true, replaying: "a" });
    await settled();
    expect(again.disabled).toBe(true);
    expect(says.textContent).toBe("Playing again");
  });

  it("shows what was lost on the way, and what else the person should know", async () => {
    const { model, lost, alert } = show();
    expect(lost.hidden).toBe(true);
    model.write({ lost_ms: 200, notice: "An answer is being spoken." });
    await settled();
    expect(lost.textContent).toBe("0.2 s lost");
    expect(alert.textContent).toBe("An answer is being spoken.");
  });

  it("shows its numbers on request only", async () => {
    const { model, settings, facts } = show();
    expect(facts()).toEqual(["", "", "", ""]);
    settings.open = true;
    settings.dispatchEvent(new Event("toggle"));
    expect(facts()).toEqual(["0 ms", "100 ms", "0", "0 ms"]);
    model.write({ underruns: 3 });
    await settled();
    expect(facts()[2]).toBe("3");
  });

  it("says that the kernel is gone", () => {
    const { model, says, stop } = show({ playing: true });
    model.fire("comm_live_update");
    expect(says.textContent).toBe("The kernel is gone");
    expect(stop.disabled).toBe(true);
  });
});
