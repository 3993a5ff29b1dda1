/** The contract of the doctor with `rtwidgets/widgets/doctor.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";

export type CheckState = "ok" | "warn" | "bad" | "unknown";

/** One thing that was looked at. */
export interface Check {
  name: string;
  state: CheckState;
  /** How it is. */
  text: string;
  /** What to do about it; empty where there is nothing to do. */
  todo: string;
}

export interface DoctorTraits extends PanelTraits {
  /** What the kernel found. */
  rows: Check[];
  /** The kernel is looking. */
  looking: boolean;
  /** The page that reported last. */
  page: string;
}

export type DoctorToKernel =
  /** What this page found. */
  | { kind: "report"; page: string; checks: Check[] }
  /** Look again. */
  | { kind: "again"; page: string };
