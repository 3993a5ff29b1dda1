import { beforeEach, expect, it, vi } from "vitest";
import type { MicrophoneOptions } from "../audio/microphone";
import { listenForEcho } from "./listen";

const opened = vi.hoisted(() => ({ options: [] as MicrophoneOptions[], closed: 0 }));

vi.mock("../audio/microphone", () => ({
  async openMicrophone(options: MicrophoneOptions) {
    opened.options.push(options);
    return { close: () => opened.closed++ };
  },
}));

/** What the contexts were told, in order. */
const heard: string[] = [];
let sinkFails = false;

class Context {
  destination = {};
  async setSinkId(id: string) {
    heard.push(`sink ${id}`);
    if (sinkFails) throw new DOMException("", "NotFoundError");
  }
  createBuffer() {
    return { copyToChannel() {} };
  }
  async close() {
    heard.push("close");
  }
}

beforeEach(() => {
  Object.assign(opened, { options: [], closed: 0 });
  heard.length = 0;
  sinkFails = false;
  localStorage.clear();
  vi.useFakeTimers();
  vi.stubGlobal("AudioContext", Context);
  vi.stubGlobal(
    "AudioBufferSourceNode",
    class {
      connect() {}
      start() {
        heard.push("play");
      }
    },
  );
  return () => vi.useRealTimers();
});

async function listen() {
  const listening = listenForEcho();
  await vi.runAllTimersAsync();
  return listening;
}

it("tests the devices that the person chose", async () => {
  localStorage.setItem("rtwidgets.microphone", "Headset");
  localStorage.setItem("rtwidgets.output", "id-of-loudspeaker");
  await listen();
  expect(opened.options).toMatchObject([{ device: "Headset", echoCancellation: false }]);
  expect(heard).toEqual(["sink id-of-loudspeaker", "play", "close"]);
  expect(opened.closed).toBe(1);
});

it("tests the system's own where none was chosen, or the chosen one is gone", async () => {
  await listen();
  expect(opened.options).toMatchObject([{ device: "" }]);
  expect(heard).toEqual(["play", "close"]);
  localStorage.setItem("rtwidgets.output", "unplugged");
  sinkFails = true;
  await listen();
  expect(heard).toEqual(["play", "close", "sink unplugged", "play", "close"]);
});
