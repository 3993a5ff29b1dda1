/**
 * How loud and how late a microphone hears the loudspeaker: a chirp is played and looked for in
 * what was recorded. A chirp, because its likeness with itself is one sharp peak: it is found in
 * noise, and its place is its delay.
 */

export interface Echo {
  heard: boolean;
  /** Level of what came back against what was played, in dB. */
  db: number;
  delayMs: number;
}

/** Samples a second of both sounds, in Hz: the chirp ends well below half of it. */
export const RATE = 12000;
const CHIRP_S = 0.25;
const FROM_HZ = 600;
const TO_HZ = 3600;
const LOUDNESS = 0.5;
/** The peak stands out of the rest so much, or it is chance: 12 dB. */
const CLEAR = 4;

/** Rising from 600 to 3,600 Hz, faded in and out. */
export function chirp(): Float32Array<ArrayBuffer> {
  const length = Math.round(CHIRP_S * RATE);
  const sweep = (TO_HZ - FROM_HZ) / CHIRP_S;
  return Float32Array.from({ length }, (_, i) => {
    const t = i / RATE;
    const fade = Math.min(1, i / 200, (length - 1 - i) / 200);
    return LOUDNESS * fade * Math.sin(2 * Math.PI * (FROM_HZ * t + (sweep * t * t) / 2));
  });
}

/** Look for `played` in `recorded`, which began `leadMs` before it was played. */
export function findEcho(recorded: Float32Array, played: Float32Array, leadMs: number): Echo {
  const energy = played.reduce((sum, value) => sum + value * value, 0);
  const places = recorded.length - played.length + 1;
  let peak = 0;
  let at = 0;
  let squares = 0;
  for (let place = 0; place < places; place++) {
    let dot = 0;
    for (let i = 0; i < played.length; i++) {
      dot += (recorded[place + i] as number) * (played[i] as number);
    }
    const gain = Math.abs(dot) / energy;
    squares += gain * gain;
    if (gain > peak) [peak, at] = [gain, place];
  }
  const usual = Math.sqrt(squares / Math.max(1, places));
  return {
    heard: peak > 0.0003 && peak > CLEAR * usual,
    db: 20 * Math.log10(Math.max(peak, 1e-9)),
    delayMs: (1000 * at) / RATE - leadMs,
  };
}
