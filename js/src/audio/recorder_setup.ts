/** For tests: a recorder on a fake model, and its device speaking. */

import { FakeModel } from "../fake_model";
import { TRAITS } from "../microphone/fake_traits";
import type { MicrophoneTraits } from "../model";
import { device } from "./fake_sources";
import { Recorder } from "./recorder";
import type { SourceEvents } from "./source";

export function setUp(traits: Partial<MicrophoneTraits> = {}) {
  const model = new FakeModel<MicrophoneTraits>({ ...TRAITS, ...traits });
  const life = new AbortController();
  const recorder = new Recorder(model.asModel, life.signal);
  return { model, life, recorder };
}

/** The device delivers frames. */
export function speak(
  count: number,
  options: SourceEvents | undefined = device.open.at(-1)?.options,
): void {
  for (let i = 0; i < count; i++) {
    const samples = new Int16Array(960).fill(8000);
    options?.onFrame({ samples, sample: 0, time: i * 0.04, open: true });
  }
}

export const last = (model: FakeModel<MicrophoneTraits>) => model.sent.at(-1)?.message;
