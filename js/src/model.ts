/**
 * The contract with Python: the traits of each widget and the messages both ways.
 *
 * A trait is written by the kernel and read by the page. What a person does in the page, and
 * every stream, is a message `{ kind, ... }` with binary buffers beside it. `page` is the random
 * token of one page: messages reach every page that shows a panel, and only the page that is
 * named acts. No message has a field `id` (the widget runtime keeps that for itself).
 *
 * One file per widget in `model/`, of the same name; `tests/widgets/test_contract.py` reads the
 * interfaces `<Widget>Traits` and the unions `<Widget>ToPage` and `<Widget>ToKernel` and compares
 * their names with the Python classes.
 */

export type * from "./model/approvals";
export type * from "./model/capture";
export type * from "./model/console";
export type * from "./model/doctor";
export type * from "./model/event_log";
export type * from "./model/line";
export type * from "./model/microphone";
export type * from "./model/panel";
export type * from "./model/session_panel";
export type * from "./model/speaker";
export type * from "./model/timeline";
export type * from "./model/transcript";
export type * from "./model/usage_table";
export type * from "./model/waveform";
