// Text to the clipboard, also where the page is no secure context.

import { h } from "./dom";

/** Copy a text; whether it worked. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

/** The old way: a text field that is selected for a moment. */
function copySelected(text: string): boolean {
  const before = document.activeElement;
  const field = h("textarea", { style: "position: fixed; opacity: 0", "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand?.("copy") ?? false;
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return done;
}
