import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { PlayerEvents } from "../audio/player";
import type { PlaybackCommand } from "../audio/threads";
import { FakeModel } from "../fake_model";
import type { SpeakerTraits } from "../model";
import { PAGE } from "../panel";
import widget from "./speaker";

const context = vi.hoisted(() => ({ blocked: false, failure: "", volume: -1, stops: 0 }));

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
    owner: PAGE,
    underruns: 0,
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

  it("says that the kernel is gone", () => {
    const { model, says, stop } = show({ playing: true });
    model.fire("comm_live_update");
    expect(says.textContent).toBe("The kernel is gone");
    expect(stop.disabled).toBe(true);
  });
});
