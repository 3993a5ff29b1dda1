/** Facts of a page as lines for a person: how it is, and what to do. */

import type { Check, CheckState } from "../model";
import { percentile } from "../transport";
import type { Echo } from "./echo";
import type { Facts } from "./facts";

const check = (name: string, state: CheckState, text: string, todo = ""): Check => ({
  name,
  state,
  text,
  todo,
});

/** Slower than this and a conversation feels slow, in ms. */
const SLOW_MS = 250;
/** Louder than this and the model hears itself, in dB below what was played. */
const LOUD_DB = -30;

export function judge(facts: Facts): Check[] {
  return [
    secure(facts),
    permission(facts),
    devices(facts),
    rates(facts),
    buffers(facts),
    roundTrip(facts),
  ];
}

function secure({ secure, origin }: Facts): Check {
  if (secure) return check("secure context", "ok", origin);
  return check(
    "secure context",
    "bad",
    `${origin} is none, so the browser allows no microphone and no live sound`,
    "open the notebook through http://localhost or https; from another computer " +
      "ssh -L 8888:localhost:8888 makes it localhost",
  );
}

function permission({ permission, media }: Facts): Check {
  const name = "microphone permission";
  if (!media) {
    return check(
      name,
      "bad",
      "this page is given no microphone at all",
      "open the notebook in a browser of its own, or session.capture_page()",
    );
  }
  if (permission === "granted") return check(name, "ok", "granted");
  if (permission === "denied") {
    const todo = "allow it for this page: the icon beside the address";
    return check(name, "bad", "refused for this page", todo);
  }
  return check(name, "ok", "the browser will ask when you press record");
}

function devices({ microphones, speakers, media }: Facts): Check {
  if (media && microphones === 0) {
    return check("devices", "bad", "no microphone was found", "plug one in");
  }
  const heard = microphones === 1 ? "1 microphone" : `${microphones} microphones`;
  // Some browsers list no outputs.
  const said = speakers === 0 ? "" : `, ${speakers === 1 ? "1 output" : `${speakers} outputs`}`;
  return check("devices", media ? "ok" : "unknown", `${heard}${said}`);
}

function rates({ rate, worklet, asleep }: Facts): Check {
  if (rate === 0 || !worklet) {
    const todo = "take a current browser, and a secure context";
    return check("sound", "bad", "this page has no audio worklets", todo);
  }
  const waits = asleep ? "; it waits for a click before it plays" : "";
  return check(
    "sound",
    "ok",
    `output at ${rate.toLocaleString("en")} Hz, made from 24,000${waits}`,
  );
}

function buffers({ up, down }: Facts): Check {
  if (up === undefined) {
    const todo = "end the cell that runs, or restart the kernel and run the cell again";
    return check("buffers", "bad", "the kernel does not answer this page", todo);
  }
  if (up && down) return check("buffers", "ok", "messages carry sound as it is, both ways");
  const way = up ? "to the page" : down ? "to the kernel" : "both ways";
  return check("buffers", "ok", `dropped ${way}: sound travels as text, a third longer`);
}

function roundTrip({ roundTrips }: Facts): Check {
  const p50 = percentile(roundTrips, 0.5);
  const p95 = percentile(roundTrips, 0.95);
  if (p50 === undefined || p95 === undefined) {
    return check("round trip", "unknown", "the kernel did not answer");
  }
  const text = `${Math.round(p50)} ms to the kernel and back (p95 ${Math.round(p95)} ms)`;
  if (p50 < SLOW_MS) return check("round trip", "ok", text);
  const todo = "the kernel is far away or busy: a nearer one answers sooner";
  return check("round trip", "warn", text, todo);
}

/** What the microphone heard of the chirp. */
export function judgeEcho(echo: Echo | string): Check {
  if (typeof echo === "string") return check("echo", "unknown", echo);
  if (!echo.heard) {
    const text = "the microphone does not hear the loudspeaker (headphones, or it is silent)";
    return check("echo", "ok", text);
  }
  const level = `${Math.round(echo.db)} dB, ${Math.round(echo.delayMs)} ms later`;
  if (echo.db < LOUD_DB) return check("echo", "ok", `faint: ${level}`);
  return check(
    "echo",
    "warn",
    `the microphone hears the loudspeaker: ${level}`,
    "leave echo cancellation on, use headphones, or turn the volume down",
  );
}
