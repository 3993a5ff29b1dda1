/**
 * `Outputs`: the loudspeakers that the browser lets a page choose from, and the choice.
 *
 * Browsers differ: Chromium can move an audio context to another device (`setSinkId`) and lists
 * the devices once the page may use the microphone; where that is missing there is nothing to
 * choose and the panel shows no choice. The choice is the browser's own affair (the ids mean
 * nothing elsewhere), so it is remembered there and never goes to the kernel.
 */

export interface Output {
  /** Empty for the one that the system uses. */
  device: string;
  label: string;
}

const REMEMBERED = "rtwidgets.output";
const USUAL: Output = { device: "", label: "System default" };

export class Outputs {
  /** All there are, the usual one first; only that one where there is no choice. */
  list: Output[] = [USUAL];
  /** The device that the person chose; empty for the usual one. */
  chosen: string;
  /** What became of the choice, in words; empty when it is in force. */
  notice = "";
  readonly #changed: () => void;

  constructor(signal: AbortSignal, changed: () => void) {
    this.#changed = changed;
    this.chosen = rememberedOutput();
    if (!canChoose()) {
      this.chosen = "";
      return;
    }
    const look = () => void this.look();
    navigator.mediaDevices.addEventListener("devicechange", look, { signal });
    look();
  }

  /** There is something to choose. */
  get some(): boolean {
    return this.list.length > 1;
  }

  /** Sound at this device from now on. */
  choose(device: string): void {
    this.chosen = device;
    this.notice = "";
    remember(device);
    this.#changed();
  }

  /** The device did not take the sound: it stays where it was. */
  refuse(device: string): void {
    if (device === "" || device !== this.chosen) return;
    this.chosen = "";
    this.notice = "The chosen output cannot be used; sound plays on the system’s default.";
    this.#changed();
  }

  /** Look again which devices there are (also: the page was allowed to use the microphone). */
  async look(): Promise<void> {
    if (!canChoose()) return;
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const found = devices.filter(
      // Without a permission the browser tells neither id nor label.
      ({ kind, deviceId, label }) =>
        kind === "audiooutput" && deviceId !== "" && deviceId !== "default" && label !== "",
    );
    const list = found.map(({ deviceId, label }) => ({ device: deviceId, label }));
    this.list = [USUAL, ...list];
    const there = this.list.some(({ device }) => device === this.chosen);
    if (list.length > 0 && !there) {
      this.chosen = "";
      this.notice = "The chosen output is gone; sound plays on the system’s default.";
    }
    this.#changed();
  }
}

function canChoose(): boolean {
  return (
    typeof AudioContext === "function" &&
    "setSinkId" in AudioContext.prototype &&
    globalThis.navigator?.mediaDevices?.enumerateDevices !== undefined
  );
}

/** The id of the output that was chosen in this browser; empty for the system's own. */
export function rememberedOutput(): string {
  try {
    return localStorage.getItem(REMEMBERED) ?? "";
  } catch {
    return ""; // a frame without storage remembers nothing
  }
}

function remember(device: string): void {
  try {
    localStorage.setItem(REMEMBERED, device);
  } catch {
    // The same: it holds as long as the page.
  }
}
