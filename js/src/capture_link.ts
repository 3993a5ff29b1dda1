/**
 * The way out where the host gives a notebook no microphone: the kernel serves a page on
 * loopback, and the person opens it in a browser. See `rtwidgets/widgets/capture_page.py`.
 */

import { h, setText } from "./dom";
import type { CaptureAnswer, CaptureWish } from "./model";
import { type Model, PAGE, send } from "./panel";

/** A button that asks the kernel for the page's address, then the address with a copy button. */
export function drawCaptureLink(model: Model, signal: AbortSignal): HTMLElement {
  const ask = h("button", { type: "button", class: "rtw-button" }, "Use a browser’s microphone");
  const link = h("a", { target: "_blank", rel: "noopener noreferrer", class: "rtw-grow" });
  const copy = h("button", { type: "button", class: "rtw-button" }, "Copy address");
  copy.title = "Puts the page’s address on the clipboard, for another browser";
  const says = h("span", { class: "rtw-muted", role: "status" });
  const found = h("div", { class: "rtw-row", hidden: true }, link, copy);
  ask.title = "Opens a page of this kernel in a browser on the kernel’s machine";

  ask.addEventListener("click", () => send<CaptureWish>(model, { kind: "capture", page: PAGE }), {
    signal,
  });
  copy.addEventListener(
    "click",
    () => {
      navigator.clipboard.writeText(link.href).then(
        () => setText(says, "Copied"),
        () => setText(says, "The browser does not allow copying: mark the address instead"),
      );
    },
    { signal },
  );
  const hear = (answer: CaptureAnswer) => {
    if (answer?.kind !== "capture" || answer.page !== PAGE) return;
    found.hidden = answer.address === "";
    link.href = answer.address;
    setText(link, answer.address);
    setText(says, answer.problem || "It opens once, within ten minutes");
    setText(ask, "A new address");
  };
  model.on("msg:custom", hear);
  signal.addEventListener("abort", () => model.off("msg:custom", hear));
  return h("div", { class: "rtw-capture" }, h("div", { class: "rtw-row" }, ask, says), found);
}
