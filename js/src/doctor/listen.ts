/**
 * The test for echo: record, play the chirp, look for it. Only ever called by a click. The devices
 * are those that the person chose for the microphone and the speaker: they are what is tested.
 */

import { rememberedMicrophone } from "../audio/devices";
import { asFailure } from "../audio/failures";
import { openMicrophone } from "../audio/microphone";
import { rememberedOutput } from "../audio/outputs";
import { chirp, type Echo, findEcho, RATE } from "./echo";

const FRAME_MS = 40;
/** The microphone runs for so long before the chirp, and after it began, in ms. */
const LEAD_MS = 400;
const AFTER_MS = 1200;

/** What the microphone heard of the loudspeaker, or a sentence about why that is not known. */
export async function listenForEcho(): Promise<Echo | string> {
  const frames: Int16Array[] = [];
  let lost = "";
  try {
    // Raw: the browser's echo cancellation would hide what is looked for.
    const source = await openMicrophone({
      device: rememberedMicrophone(),
      rate: RATE,
      frameMs: FRAME_MS,
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      gateDb: undefined,
      onFrame: ({ samples }) => frames.push(samples),
      onEnd: (failure) => {
        lost = failure?.message ?? "The microphone ended.";
      },
      onSilenced: () => undefined,
    });
    const context = new AudioContext();
    try {
      await sound(context, rememberedOutput());
      await wait(LEAD_MS);
      const lead = frames.length * FRAME_MS;
      play(context);
      await wait(AFTER_MS);
      return lost || findEcho(join(frames), chirp(), lead);
    } finally {
      source.close();
      void context.close();
    }
  } catch (error) {
    return asFailure(error).message;
  }
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Where a device is gone or cannot be chosen the speaker uses the system's own, and so do we. */
async function sound(context: AudioContext, device: string): Promise<void> {
  const { setSinkId } = context as { setSinkId?: (id: string) => Promise<void> };
  if (device !== "") await setSinkId?.call(context, device).catch(() => undefined);
}

function play(context: AudioContext): void {
  const sound = chirp();
  const buffer = context.createBuffer(1, sound.length, RATE);
  buffer.copyToChannel(sound, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(context.destination);
  source.start();
}

function join(frames: Int16Array[]): Float32Array {
  const whole = new Float32Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    for (const sample of frame) whole[at++] = sample / 32768;
  }
  return whole;
}
