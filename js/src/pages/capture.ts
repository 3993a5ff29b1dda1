/**
 * The capture page: the kernel's panels in a page that the kernel itself serves, for notebooks
 * whose host has no microphone. The other end is `rtwidgets/widgets/capture_page.py`.
 *
 * One websocket stands for the widget runtime: `PageModel` is to a panel what the runtime's
 * model is in a notebook, so the panels are the same bundles and know no difference.
 */

import { openSocket } from "./socket";

const says = document.getElementById("says") as HTMLElement;
const place = document.getElementById("panels") as HTMLElement;

openSocket({
  url: `ws://${location.host}/socket`,
  load: (word) => import(`/${word}.js`),
  place,
  say: (text) => {
    says.textContent = text;
    says.hidden = text === "";
  },
});
