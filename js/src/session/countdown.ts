/** How long the server lets a session go on. Pure. */

/** `58 min`, `4 min 09 s`, `12 s`; null where it is over. */
export function left(expires_at: number, now_s: number): string | null {
  const seconds = Math.floor(expires_at - now_s);
  if (seconds <= 0) return null;
  if (seconds >= 24 * 3600) return `${Math.floor(seconds / (24 * 3600))} days`;
  if (seconds >= 3600) {
    return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 10) return `${minutes} min`;
  const rest = seconds % 60;
  return minutes > 0 ? `${minutes} min ${String(rest).padStart(2, "0")} s` : `${rest} s`;
}

/** The last five minutes are worth a warning. */
export const soon = (expires_at: number, now_s: number): boolean => expires_at - now_s < 300;
