/** Samples between the two forms they have: floats in -1..1 and PCM16. */

/** Write `count` floats to `output` from `at` on, rounded; too loud ones become the loudest. */
export function toPcm16(input: Float32Array, count: number, output: Int16Array, at: number): void {
  for (let i = 0; i < count; i++) {
    const value = Math.round((input[i] as number) * 32768);
    output[at + i] = value > 32767 ? 32767 : value < -32768 ? -32768 : value;
  }
}

/** The PCM16 in a message's buffer, copied: its bytes need not be aligned. */
export function fromBuffer(view: DataView): Int16Array<ArrayBuffer> {
  const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  return new Int16Array(bytes as ArrayBuffer, 0, view.byteLength >> 1);
}
