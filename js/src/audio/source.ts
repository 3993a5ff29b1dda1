/** What frames come from: a microphone or a file. Either ends by `close`, or says that it ended. */

import type { SoundFailure } from "./failures";
import type { Frame } from "./frames";

export type SourceKind = "microphone" | "file";

export interface SourceEvents {
  onFrame: (frame: Frame) => void;
  /** It is over and everything is closed already; without a failure it came to its end. */
  onEnd: (failure?: SoundFailure) => void;
  /** The system or a switch at the device made it silent, or lets it be heard again. */
  onSilenced: (silenced: boolean) => void;
}

export interface Source {
  readonly kind: SourceKind;
  /** The device's label, or the file's name. */
  readonly name: string;
  /** Its own rate, in Hz. */
  readonly deviceRate: number;
  /** The rate of its frames, in Hz. */
  readonly rate: number;
  /** How long it is, and how much of it was spoken, in s; a microphone has no length. */
  readonly duration?: number;
  readonly at?: number;
  /** Nothing of the voice leaves the device while this is false. */
  enable(on: boolean): void;
  /** The noise gate opens at so many dB of full scale; `undefined` switches it off. */
  gate(db: number | undefined): void;
  /** Stop it and everything behind it; no frame comes afterwards. */
  close(): void;
}
