/** The contract of the session panel with `rtwidgets/widgets/session_panel.py`. */

import type { PanelTraits } from "./panel";

export type FieldValue = string | number | boolean | null;

/** The same fields as `SettingField` in rtwidgets/widgets/session_panel.py. */
export interface SettingField {
  /** As `session.update` in Python names it. */
  name: string;
  group: string;
  label: string;
  kind: "text" | "area" | "number" | "choice" | "switch" | "json";
  help: string;
  /** What the value "none" is called; empty where there is no such value. */
  nothing: string;
  /** The kinds of turn detection that it belongs to; empty for all. */
  when: string[];
  choices: string[];
  least: number | null;
  most: number | null;
  whole: boolean;
  /** In force; null where the server does not say. */
  value: FieldValue;
  /** Whether it was granted as it was asked for; empty where it was not asked for. */
  state: "" | "granted" | "differs";
  asked: string;
  granted: string;
}

export interface SessionPanelTraits extends PanelTraits {
  /** What the session talks to. */
  title: string;
  /** Model, dialect and id. */
  facts: string;
  activity: "idle" | "listening" | "thinking" | "speaking" | "closed";
  /** When the server ends it, Unix time in s; 0 where unknown. */
  expires_at: number;
  fields: SettingField[];
  tools: { name: string; description: string }[];
  /** Field, and what is wrong with what was applied; "" for what means no field. */
  refused: Record<string, string>;
  /** A change is on its way. */
  applying: boolean;
  /** Counts the changes that were answered. */
  applied: number;
  closed: boolean;
}

export type SessionPanelToKernel =
  /** Change these settings, by the names of their fields, in one update. */
  { kind: "apply"; page: string; changes: Record<string, FieldValue> };
