/** A row in words: times, a call as Python would write it, what a screen reader is told. Pure. */

import { length } from "../events/words";
import type { Ask, Role, Row } from "../model";

export const WHO: Record<Role, string> = {
  user: "You",
  assistant: "Assistant",
  system: "System",
  call: "Tool call",
  result: "Tool result",
  error: "Error",
};

/** Characters of arguments or a result in the line of a folded call. */
const SHORT = 160;

/** `0:04`, `1:02:09`; nothing where nobody knows. */
export function time(ms: number): string {
  if (ms < 0) return "";
  const all = Math.floor(ms / 1000);
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (count: number) => String(count).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** `3.4 s`; nothing where there is no duration. */
export const lasted = (ms: number): string => (ms > 0 ? length(ms) : "");

export function short(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > SHORT ? `${line.slice(0, SHORT)}…` : line;
}

/** The arguments as one would write them: `city="Bern", days=2`. */
export function given(json: string): string {
  const value = parsed(json);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return short(json);
  const parts = Object.entries(value).map(([name, one]) => `${name}=${JSON.stringify(one)}`);
  return short(parts.join(", "));
}

/** JSON with a line for each field; what is no JSON stays as it is. */
export function pretty(text: string): string {
  const value = parsed(text);
  return typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `weather(city="Bern")`. */
export const call = (row: Row): string => `${row.name}(${given(row.text)})`;

/** What the clipboard gets. */
export function copied(row: Row): string {
  if (row.role !== "call") return [row.text, row.unheard].filter((part) => part !== "").join(" ");
  const end = row.failure || row.result;
  return end === "" ? call(row) : `${call(row)}\n${end}`;
}

/** What became of a question. */
export function asked(ask: Ask): string {
  if (ask.state === "approved") return "Approved.";
  if (ask.state === "denied") return "Denied.";
  if (ask.state === "expired") return "Nobody answered in time: refused.";
  return ask.left_s < 0
    ? "It waits for an answer."
    : `Without an answer: refused in ${ask.left_s} s.`;
}

export const settled = (row: Row): boolean => row.state !== "growing" && row.state !== "pending";

/** What a screen reader is told once a row is final, or waits for a person. */
export function spoken(row: Row): string {
  const { role, name, text, unheard, note, failure, result } = row;
  const parts =
    role === "call"
      ? [call(row), failure !== "" ? `failed: ${failure}` : short(result), note]
      : [name, text, unheard === "" ? "" : `(not heard: ${unheard})`, note];
  if (row.ask?.state === "pending") parts.push("Approve or deny it in the transcript.");
  return `${WHO[role]}: ${parts.filter((part) => part !== "").join(" ")}`;
}
