/**
 * `openMicrophone`: frames of PCM16 from the device, until it is closed.
 *
 * The context runs at the device's own rate (Firefox refuses a microphone in a context of
 * another rate); the worklet makes the session's rate. Nothing is asked for before the call.
 * All that it begins ends with one signal.
 */

import workletCode from "./capture.worklet.ts?worklet";
import { listDevices } from "./devices";
import { requireMicrophone, SoundFailure } from "./failures";
import type { Frame } from "./frames";
import type { Source, SourceEvents } from "./source";
import { CAPTURE, type CaptureCommand, type CaptureOptions } from "./threads";
import { addWorklet } from "./worklet";

/** A context that does not run by then waits for a gesture, in ms. */
const AWAKE_MS = 2000;

export interface MicrophoneOptions extends SourceEvents {
  /** The label of the wanted device; empty for the system's own choice. */
  device: string;
  /** Samples a second of the frames, in Hz. */
  rate: number;
  /** Length of a frame, in ms. */
  frameMs: number;
  echoCancellation: boolean;
  noiseSuppression: boolean;
  autoGainControl: boolean;
  /** The noise gate opens at so many dB of full scale; `undefined` without one. */
  gateDb: number | undefined;
}

/** Open the microphone; rejects with a `SoundFailure` that says what to do. */
export async function openMicrophone(options: MicrophoneOptions): Promise<Source> {
  requireMicrophone();
  const stream = await openStream(options);
  const track = stream.getAudioTracks()[0];
  if (track === undefined) throw new SoundFailure("no_device");
  const ending = new AbortController();
  const { signal } = ending;
  let context: AudioContext | undefined;

  const close = () => {
    ending.abort();
    stop(stream);
    if (context !== undefined && context.state !== "closed") void context.close();
  };
  const end = (failure: SoundFailure) => {
    if (signal.aborted) return;
    close();
    options.onEnd(failure);
  };

  try {
    context = new AudioContext({ latencyHint: "interactive" });
    await addWorklet(context, workletCode);
    const node = connect(context, stream, options, signal);
    node.onprocessorerror = () => end(new SoundFailure("other", "the audio thread stopped"));
    const permission = watchPermission(signal, () => end(new SoundFailure("withdrawn")));
    track.addEventListener(
      "ended",
      () => end(new SoundFailure(permission.gone ? "withdrawn" : "ended")),
      { signal },
    );
    for (const name of ["mute", "unmute"] as const) {
      track.addEventListener(name, () => options.onSilenced(name === "mute"), { signal });
    }
    wake(context, signal, () => end(new SoundFailure("gesture")));
    return {
      kind: "microphone",
      name: track.label,
      deviceRate: context.sampleRate,
      rate: options.rate,
      enable(on) {
        track.enabled = on;
      },
      gate: (db) => node.port.postMessage({ kind: "gate", db } satisfies CaptureCommand),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** The wanted device by its label, or another one where it is not there. */
async function openStream(options: MicrophoneOptions): Promise<MediaStream> {
  const { echoCancellation, noiseSuppression, autoGainControl, device } = options;
  const audio = { echoCancellation, noiseSuppression, autoGainControl, channelCount: 1 };
  // "Exact", because browsers take any device for a mere wish; one that went away meanwhile fails.
  const ask = (id?: string) =>
    navigator.mediaDevices.getUserMedia({
      audio: id === undefined ? audio : { ...audio, deviceId: { exact: id } },
    });
  if (device === "") return await ask();
  const find = async () => (await listDevices()).find(({ label }) => label === device)?.id;
  const id = await find();
  const stream = await ask(id);
  if (id !== undefined) return stream;
  // Before a permission devices have no labels; now they have.
  const later = await find();
  if (later === undefined) return stream;
  stop(stream);
  return await ask(later);
}

/** Whether the permission was taken back; `react` is called when the browser says it at once. */
function watchPermission(signal: AbortSignal, react: () => void): { readonly gone: boolean } {
  const permission = { gone: false };
  navigator.permissions
    ?.query({ name: "microphone" as PermissionName })
    .then((status) => {
      // Some browsers never call it granted: only a change means something.
      const look = () => {
        permission.gone = status.state !== "granted";
        if (status.state === "denied") react();
      };
      status.addEventListener("change", look, { signal });
    })
    .catch(() => undefined);
  return permission;
}

/**
 * Started from Python a context may wait for a gesture. An open microphone is one for most
 * browsers; where it is not, `asleep` is called, because the promise would wait for ever. A
 * context that the system interrupts later (a call, sleep) is asked to go on.
 */
function wake(context: AudioContext, signal: AbortSignal, asleep: () => void): void {
  const resume = () => {
    const { state } = context;
    if (state !== "running" && state !== "closed") context.resume().catch(() => undefined);
  };
  context.addEventListener?.("statechange", resume, { signal });
  if (context.state === "running") return;
  resume();
  const timer = setTimeout(() => {
    if (context.state !== "running") asleep();
  }, AWAKE_MS);
  signal.addEventListener("abort", () => clearTimeout(timer));
}

function connect(
  context: AudioContext,
  stream: MediaStream,
  { rate, frameMs, gateDb, onFrame }: MicrophoneOptions,
  signal: AbortSignal,
): AudioWorkletNode {
  const source = context.createMediaStreamSource(stream);
  const processorOptions: CaptureOptions = {
    rate,
    frameLength: Math.round((rate * frameMs) / 1000),
    gateDb,
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
    node.port.postMessage({ kind: "stop" } satisfies CaptureCommand);
    node.port.onmessage = null;
    node.onprocessorerror = null;
    source.disconnect();
  });
  return node;
}
