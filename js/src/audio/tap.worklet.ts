/** For tests in a browser: what flows through is told to the page, quantum by quantum. */

export const TAP = "rtwidgets-tap";

class TapProcessor extends AudioWorkletProcessor {
  process([input]: Float32Array[][], [output]: Float32Array[][]): boolean {
    const samples = input?.[0];
    if (samples !== undefined) {
      output?.[0]?.set(samples);
      this.port.postMessage(samples.slice());
    }
    return true;
  }
}

registerProcessor(TAP, TapProcessor);
