/**
 * `Devices`: the microphones of this computer by label, and the one that the person chose. The
 * choice is kept by the browser under its label (ids change from site to site and are forgotten).
 * To list asks for no permission; without one, browsers give devices no label and there is no list.
 */

const KEY = "rtwidgets.microphone";
/** Entries that stand for another one. */
const ALIASES = ["default", "communications"];

export interface Device {
  label: string;
  id: string;
}

/** Microphones that have a label; of two with the same one, the second says so. */
export function named(infos: readonly MediaDeviceInfo[]): Device[] {
  const seen = new Map<string, number>();
  const devices: Device[] = [];
  for (const { kind, label, deviceId } of infos) {
    if (kind !== "audioinput" || label === "" || ALIASES.includes(deviceId)) continue;
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    devices.push({ label: count === 1 ? label : `${label} (${count})`, id: deviceId });
  }
  return devices;
}

/** The microphones that can be told apart now. */
export async function listDevices(): Promise<Device[]> {
  try {
    return named((await navigator.mediaDevices?.enumerateDevices?.()) ?? []);
  } catch {
    return [];
  }
}

export class Devices {
  list: readonly Device[] = [];
  /** The label that was chosen; empty for the system's own choice. */
  chosen = rememberedMicrophone();
  readonly #changed: () => void;

  constructor(signal: AbortSignal, changed: () => void) {
    this.#changed = () => {
      if (!signal.aborted) changed();
    };
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.refresh(), {
      signal,
    });
    void this.refresh();
  }

  async refresh(): Promise<void> {
    this.list = await listDevices();
    this.#changed();
  }

  choose(label: string): void {
    this.chosen = label;
    try {
      localStorage.setItem(KEY, label);
    } catch {
      // A page without storage chooses anew each time.
    }
    this.#changed();
  }
}

/** The label of the microphone that was chosen in this browser; empty for the system's choice. */
export function rememberedMicrophone(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
