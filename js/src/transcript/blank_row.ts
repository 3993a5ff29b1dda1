/** A row for tests, with nothing in it. */

import type { Row } from "../model";

export const BLANK: Row = {
  id: "",
  role: "user",
  name: "",
  text: "",
  unheard: "",
  state: "final",
  note: "",
  at_ms: -1,
  duration_ms: 0,
  result: "",
  failure: "",
  pictures: [],
  ask: null,
  sound: false,
};
