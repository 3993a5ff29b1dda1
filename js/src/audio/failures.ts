/** What can stand between a person and sound, by name, each with what to do about it. */

export type Failure =
  | "insecure"
  | "vscode"
  | "no_media"
  | "denied"
  | "no_device"
  | "busy"
  | "worklet"
  | "gesture"
  | "ended"
  | "withdrawn"
  | "interrupted"
  | "kernel"
  | "unanswered"
  | "file"
  | "file_long"
  | "other";

const ADVICE: Record<Failure, string> = {
  insecure:
    "This page is not a secure context, so the browser allows no microphone and no live sound. " +
    "Open the notebook through http://localhost or through https; from another computer, " +
    "ssh -L 8888:localhost:8888 makes it localhost. Or drop a sound file on this panel.",
  vscode:
    "VS Code gives its notebooks no microphone. Open a page in a browser instead, with the " +
    "button below, or drop a sound file on this panel.",
  no_media:
    "This browser, or the frame that the notebook runs in, offers no microphone. " +
    "Try a current Chrome, Edge, Firefox or Safari, or drop a sound file on this panel.",
  denied:
    "The microphone was refused. Allow it for this page (the icon beside the address), " +
    "look whether the system allows it for the browser, then press the button again.",
  no_device: "No microphone was found. Plug one in, then press the button again.",
  busy:
    "The microphone is there but does not open: another program may hold it. " +
    "Close that program, then press the button again.",
  worklet:
    "The browser refused to load the audio code (a content security policy may forbid " +
    "scripts from blob: and data: addresses). Open the notebook in another way.",
  gesture: "The browser wants a click first. Press the button in this page.",
  ended: "The microphone went away: it was unplugged. Press the button to record with another one.",
  withdrawn:
    "The permission for the microphone was withdrawn, so the recording ended. Allow it for this " +
    "page (the icon beside the address), then press the button again.",
  interrupted:
    "The recording was interrupted: the computer slept, or the device gave no more sound. " +
    "Press the button to go on.",
  kernel: "The kernel was restarted or went away. Run the cell again.",
  unanswered:
    "The kernel has answered nothing for ten minutes, so the recording ended. What was said " +
    "until now waits for it. Interrupt the cell that runs, or look whether the connection is there.",
  file: "This is no sound that the browser can read. Give a WAV, MP3 or FLAC file.",
  file_long:
    "This sound is longer than ten minutes. Cut it, or send it from Python: session.say('long.wav').",
  other: "The microphone could not be opened.",
};

/** A failure with its name, what to do, and the browser's own words. */
export class SoundFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, detail = "") {
    super(detail === "" ? ADVICE[failure] : `${ADVICE[failure]} (${detail})`);
    this.name = "SoundFailure";
    this.failure = failure;
  }
}

const BY_NAME: Record<string, Failure> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "no_device",
  OverconstrainedError: "no_device",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Its webviews have an address of their own kind, in the browser's VS Code at least its marks. */
const inVsCode = (): boolean =>
  globalThis.location?.protocol === "vscode-webview:" ||
  globalThis.document?.body?.dataset.vscodeThemeKind !== undefined;

/** Any error as a failure with a name. */
export function asFailure(error: unknown): SoundFailure {
  if (error instanceof SoundFailure) return error;
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  const failure = BY_NAME[name] ?? "other";
  if (failure === "denied" && inVsCode()) return new SoundFailure("vscode");
  return new SoundFailure(failure, failure === "other" ? String(error) : "");
}

/** Throw the failure that can be known before anything is asked for. */
export function requireMicrophone(): void {
  if (navigator.mediaDevices?.getUserMedia !== undefined) return;
  if (inVsCode()) throw new SoundFailure("vscode");
  throw new SoundFailure(globalThis.isSecureContext ? "no_media" : "insecure");
}
