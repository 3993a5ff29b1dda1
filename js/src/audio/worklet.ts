/** Load a worklet from its text: a blob address first, a data address where blobs are refused. */

import { SoundFailure } from "./failures";

export async function addWorklet(context: BaseAudioContext, code: string): Promise<void> {
  if (context.audioWorklet === undefined) {
    throw new SoundFailure(globalThis.isSecureContext ? "worklet" : "insecure");
  }
  const blob = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    await context.audioWorklet.addModule(blob);
    return;
  } catch {
    // Some frames forbid blob: addresses; the second try decides.
  } finally {
    URL.revokeObjectURL(blob);
  }
  try {
    await context.audioWorklet.addModule(`data:text/javascript,${encodeURIComponent(code)}`);
  } catch (error) {
    throw new SoundFailure("worklet", String(error));
  }
}
