/** Times and sizes of events in words. Pure. */

/** `0:04.123`: minutes, seconds and ms on the session's clock. */
export function clock(ms: number): string {
  const whole = Math.round(Math.max(0, ms));
  const minutes = Math.floor(whole / 60_000);
  const seconds = Math.floor((whole % 60_000) / 1000);
  return `${minutes}:${String(seconds).padStart(2, "0")}.${String(whole % 1000).padStart(3, "0")}`;
}

/** `+12 ms`, `+1.4 s`; nothing before the first. */
export function gap(ms: number): string {
  if (ms < 0) return "";
  if (ms < 999.5) return `+${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`;
  return ms < 99_950 ? `+${(ms / 1000).toFixed(1)} s` : `+${Math.round(ms / 1000)} s`;
}

/** `812 B`, `13.4 kB`, `2.1 MB`; a kB is 1000 bytes. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000
    ? `${(bytes / 1000).toFixed(1)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `240 ms`, `3.2 s`. */
export function length(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
