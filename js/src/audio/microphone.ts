/**
 * `openMicrophone`: frames of PCM16 from the device, until it is closed.
 *
 * The context runs at the device's own rate (Firefox refuses a microphone in a context of
 * another rate); the worklet makes the session's rate. Nothing is asked for before the call.
 */

import workletCode from "./capture.worklet.ts?worklet";
import { requireMicrophone, SoundFailure } from "./failures";
import type { Frame } from "./frames";
import { CAPTURE, type CaptureOptions } from "./threads";
import { addWorklet } from "./worklet";

/** A context that does not run by then waits for a gesture, in ms. */
const AWAKE_MS = 2000;

export interface MicrophoneOptions {
  /** Samples a second of the frames, in Hz. */
  rate: number;
  /** Length of a frame, in ms. */
  frameMs: number;
  echoCancellation: boolean;
  noiseSuppression: boolean;
  autoGainControl: boolean;
  onFrame: (frame: Frame) => void;
  /** The device or its permission went away; everything is closed already. */
  onEnd: (failure: SoundFailure) => void;
}

export interface OpenMicrophone {
  /** The device's label. */
  device: string;
  /** The device's rate, in Hz. */
  deviceRate: number;
  /** Stop the track and everything behind it; no frame comes afterwards. */
  close(): void;
}

/** Open the default microphone; rejects with a `SoundFailure` that says what to do. */
export async function openMicrophone(options: MicrophoneOptions): Promise<OpenMicrophone> {
  requireMicrophone();
  const { echoCancellation, noiseSuppression, autoGainControl } = options;
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation, noiseSuppression, autoGainControl, channelCount: 1 },
  });
  const track = stream.getAudioTracks()[0];
  if (track === undefined) throw new SoundFailure("no_device");
  const ending = new AbortController();
  let context: AudioContext | undefined;

  const end = (failure: SoundFailure) => {
    close();
    options.onEnd(failure);
  };
  const close = () => {
    ending.abort();
    for (const each of stream.getTracks()) each.stop();
    if (context !== undefined && context.state !== "closed") void context.close();
  };

  try {
    context = new AudioContext({ latencyHint: "interactive" });
    await addWorklet(context, workletCode);
    const node = connect(context, stream, options, ending.signal);
    node.onprocessorerror = () => end(new SoundFailure("other", "the audio thread stopped"));
    track.addEventListener("ended", () => end(new SoundFailure("ended")), {
      signal: ending.signal,
    });
    wake(context, ending.signal, () => end(new SoundFailure("gesture")));
    return { device: track.label, deviceRate: context.sampleRate, close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Started from Python a context may wait for a gesture. An open microphone is one for most
 * browsers; where it is not, `asleep` is called, because the promise would wait for ever.
 */
function wake(context: AudioContext, signal: AbortSignal, asleep: () => void): void {
  if (context.state === "running") return;
  context.resume().catch(() => undefined);
  const timer = setTimeout(() => {
    if (context.state !== "running") asleep();
  }, AWAKE_MS);
  signal.addEventListener("abort", () => clearTimeout(timer));
}

function connect(
  context: AudioContext,
  stream: MediaStream,
  { rate, frameMs, onFrame }: MicrophoneOptions,
  signal: AbortSignal,
): AudioWorkletNode {
  const source = context.createMediaStreamSource(stream);
  const processorOptions: CaptureOptions = {
    rate,
    frameLength: Math.round((rate * frameMs) / 1000),
  };
  const node = new AudioWorkletNode(context, CAPTURE, {
    numberOfInputs: 1,
    numberOfOutputs: 0,
    // The browser mixes a stereo device down to one channel.
    channelCount: 1,
    channelCountMode: "explicit",
    processorOptions,
  });
  node.port.onmessage = ({ data }: MessageEvent<Frame>) => {
    if (!signal.aborted) onFrame(data);
  };
  source.connect(node);
  signal.addEventListener("abort", () => {
    node.port.postMessage("stop");
    node.port.onmessage = null;
    source.disconnect();
  });
  return node;
}
