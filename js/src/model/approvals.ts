/** The contract of the approvals with `rtwidgets/widgets/approvals.py`; see `../model.ts`. */

import type { PanelTraits } from "./panel";
import type { Ask } from "./transcript";

/** The same fields as `Question` in rtwidgets/widgets/approval_questions.py. */
export interface Question {
  /** The function. */
  name: string;
  /** Its arguments, as JSON. */
  text: string;
  ask: Ask;
}

export interface ApprovalsTraits extends PanelTraits {
  /** Those that wait, and the last that were decided; the oldest first. */
  questions: Question[];
  /** How many wait. */
  waiting: number;
  /** The session goes on. */
  going_on: boolean;
}

export type ApprovalsToKernel =
  /** The call that waits under this key may run, or may not. */
  { kind: "decide"; page: string; key: string; approve: boolean };
