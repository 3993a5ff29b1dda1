/** The handshake of every panel with `rtwidgets/widgets/transport.py`; see `../transport.ts`. */

/** A probe with a few bytes in its only buffer, where buffers arrive. */
export interface LineProbe {
  kind: "line";
  page: string;
  /** Counts the probes of one panel in one page; the answer repeats it. */
  n: number;
  /** The kernel's last buffer arrived here; absent before its first answer. */
  arrived?: boolean;
  /** How long the last probe took, there and back, in ms. */
  round_trip_ms?: number;
}

/** The kernel's answer, with a few bytes too. */
export interface LineAnswer {
  kind: "line";
  page: string;
  n: number;
  /** The page's buffer arrived in the kernel. */
  arrived: boolean;
}

/** Where buffers do not arrive, any message carries them itself, as base64. */
export interface Packed {
  b64?: string[];
}
