/**
 * For tests of the recorder: a device and files that deliver when the test says so. It stands in
 * for modules that the recorder imports, so it must not import the recorder.
 */

import { SoundFailure } from "./failures";
import type { MicrophoneOptions } from "./microphone";
import type { Source, SourceEvents } from "./source";

/** What was opened, and what the next opening meets. */
export const device = {
  open: [] as {
    options: MicrophoneOptions;
    closed: boolean;
    enabled: boolean;
    gateDb: number | undefined;
  }[],
  files: [] as { options: SourceEvents; closed: boolean }[],
  fail: undefined as Error | undefined,
  slow: undefined as Promise<void> | undefined,
};

/** As new, before each test. */
export function reset(): void {
  Object.assign(device, { open: [], files: [], fail: undefined, slow: undefined });
  localStorage.clear();
}

/** In place of "./microphone". */
export async function openMicrophone(options: MicrophoneOptions): Promise<Source> {
  await device.slow;
  if (device.fail !== undefined) throw device.fail;
  const opened = { options, closed: false, enabled: true, gateDb: options.gateDb };
  device.open.push(opened);
  return {
    kind: "microphone",
    name: options.device || "Test",
    deviceRate: 44100,
    rate: options.rate,
    enable(on) {
      opened.enabled = on;
    },
    gate(db) {
      opened.gateDb = db;
    },
    close() {
      opened.closed = true;
    },
  };
}

/** In place of "./file". */
export async function openFile(
  file: File,
  options: SourceEvents & { rate: number },
): Promise<Source> {
  if (file.size === 0) throw new SoundFailure("file", file.name);
  const opened = { options, closed: false };
  device.files.push(opened);
  const close = () => {
    opened.closed = true;
  };
  const { rate } = options;
  return { kind: "file", name: file.name, deviceRate: 8000, rate, enable() {}, gate() {}, close };
}
