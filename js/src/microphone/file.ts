/** A sound file instead of the voice: chosen by a button, or dropped anywhere on the panel. */

import type { Recorder } from "../audio/recorder";
import { h, put, setText } from "../dom";
import { isReadonly } from "../panel";
import { clock } from "./words";

const TYPES = "audio/*,.wav,.mp3,.flac,.ogg,.m4a";

/** A button that opens the browser's own dialogue; the dialogue is the caller's one input. */
export function fileButton(input: HTMLInputElement, text: string, signal: AbortSignal) {
  const button = h("button", { type: "button", class: "rtw-button rtw-microphone-file" }, text);
  button.title = "A sound file is spoken instead of the microphone, in real time";
  button.addEventListener("click", () => input.click(), { signal });
  return button;
}

export function fileInput(recorder: Recorder, signal: AbortSignal): HTMLInputElement {
  const input = h("input", { type: "file", accept: TYPES, hidden: true, tabindex: -1 });
  input.setAttribute("aria-label", "Sound file to speak");
  input.title = "WAV, MP3 or FLAC";
  const choose = () => {
    const file = input.files?.[0];
    if (file !== undefined) void recorder.speak(file);
    input.value = ""; // the same file again is a change again
  };
  input.addEventListener("change", choose, { signal });
  return input;
}

const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") ?? false;

/** The notebook must not see the file: it would open or upload it. */
export function takeDrops(root: HTMLElement, recorder: Recorder, signal: AbortSignal): void {
  let inside = 0;
  const over = (depth: number) => {
    inside = Math.max(0, depth);
    root.dataset.drop = String(inside > 0);
  };
  const on = (name: "dragenter" | "dragover" | "dragleave" | "drop", act: () => void) => {
    const handle = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "copy";
      act();
      const file = name === "drop" ? event.dataTransfer?.files[0] : undefined;
      if (file !== undefined && !isReadonly(root)) void recorder.speak(file);
    };
    root.addEventListener(name, handle, { signal });
  };
  on("dragenter", () => over(inside + 1));
  on("dragover", () => undefined);
  on("dragleave", () => over(inside - 1));
  on("drop", () => over(0));
}

/** How much of the file was spoken. */
export function drawProgress(recorder: Recorder) {
  const bar = h("progress", { max: 1, "aria-label": "Spoken of the file" });
  const time = h("span", { class: "rtw-muted rtw-microphone-time" });
  const element = h("div", { class: "rtw-microphone-progress", hidden: true }, bar, time);
  const update = () => {
    const { kind, source } = recorder;
    put(element, { hidden: kind !== "file" || source === undefined });
    const [at, duration] = [source?.at ?? 0, source?.duration ?? 0];
    if (element.hidden || duration === 0) return;
    bar.value = at / duration;
    setText(time, `${clock(at)} of ${clock(duration)}`);
  };
  return { element, update };
}
