// What is shown: a search, a direction, types, whether deltas fold, and pause.

import { h, setText } from "../dom";
import type { EventFilter, EventLogTraits } from "../model";
import { type Model, watch } from "../panel";

/** A search begins when the typing stops for so long, in ms. */
const TYPING = 250;

export interface Filters {
  element: HTMLElement;
  readonly filter: EventFilter;
}

/** A long type goes on in the next line at a dot or a bar, so that its end can be read. */
const breakable = (type: string): (string | HTMLElement)[] =>
  type.split(/(?<=[._])/).flatMap((part, place) => (place === 0 ? [part] : [h("wbr", {}), part]));

export function filters(
  model: Model<EventLogTraits>,
  signal: AbortSignal,
  changed: (filter: EventFilter) => void,
): Filters {
  const hidden = new Set<string>();
  const search = h("input", {
    type: "search",
    class: "rtw-event_log-search",
    placeholder: "Search in the events",
    "aria-label": "Search in the events' payloads",
    title: "Shows events whose JSON has this text",
    spellcheck: "false",
  });
  const direction = h(
    "select",
    {
      class: "rtw-event_log-select",
      "aria-label": "Direction",
      title: "What was sent, what was received, or both",
    },
    h("option", { value: "" }, "↕ both ways"),
    h("option", { value: "sent" }, "↑ sent"),
    h("option", { value: "received" }, "↓ received"),
  );
  const fold = h("input", { type: "checkbox", checked: true });
  const label = h("summary", { class: "rtw-button", title: "Which types of event are listed" });
  const boxes = h("div", { class: "rtw-event_log-boxes", role: "group", "aria-label": "Types" });
  const all = h("button", { type: "button", class: "rtw-button" }, "All");
  all.title = "Lists every type";
  const none = h("button", { type: "button", class: "rtw-button" }, "None");
  none.title = "Hides every type, to choose a few";
  const over = h(
    "div",
    { class: "rtw-event_log-menu" },
    h("div", { class: "rtw-row" }, all, none),
    boxes,
  );
  const menu = h("details", { class: "rtw-event_log-types" }, label, over);

  const current = (): EventFilter => ({
    hidden: [...hidden].sort(),
    direction: direction.value as EventFilter["direction"],
    text: search.value,
    fold: fold.checked,
  });
  const apply = () => {
    const types = model.get("types");
    const shown = types.filter((type) => !hidden.has(type)).length;
    setText(label, hidden.size === 0 ? "All types" : `${shown} of ${types.length} types`);
    changed(current());
  };
  const checks = new Map<string, HTMLInputElement>();
  const show = (types: readonly string[], visible: boolean) => {
    for (const type of types) {
      if (visible) hidden.delete(type);
      else hidden.add(type);
      const check = checks.get(type);
      if (check !== undefined) check.checked = visible;
    }
    apply();
  };

  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer));
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(apply, TYPING);
  };
  const on = <K extends keyof HTMLElementEventMap>(
    element: HTMLElement,
    name: K,
    react: (event: HTMLElementEventMap[K]) => void,
  ) => element.addEventListener(name, react, { signal });
  on(search, "input", soon);
  on(direction, "change", apply);
  on(fold, "change", apply);
  on(all, "click", () => show(model.get("types"), true));
  on(none, "click", () => show(model.get("types"), false));
  on(menu, "keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    label.focus();
  });
  on(menu, "focusout", (event) => {
    const to = event.relatedTarget;
    if (to instanceof Node && !menu.contains(to)) menu.open = false;
  });
  watch(model, ["types"], signal, () => {
    for (const type of model.get("types")) {
      if (checks.has(type)) continue;
      const check = h("input", { type: "checkbox", checked: !hidden.has(type) });
      check.addEventListener("change", () => show([type], check.checked), { signal });
      checks.set(type, check);
      const line = h(
        "label",
        { class: "rtw-event_log-box" },
        check,
        h("span", {}, ...breakable(type)),
      );
      line.title = "Lists or hides the events of this type";
      const later = [...boxes.children].find((other) => (other.textContent ?? "") > type);
      boxes.insertBefore(line, later ?? null);
    }
    if (hidden.size === 0) setText(label, "All types");
  });

  const element = h(
    "div",
    { class: "rtw-event_log-filters rtw-row", role: "search", "aria-label": "Filter the events" },
    search,
    menu,
    direction,
    h(
      "label",
      { class: "rtw-event_log-fold", title: "Deltas in a row are one line" },
      fold,
      "Fold deltas",
    ),
  );
  // What lies over the rows begins below its button, and further left where it would be cut.
  const place = () => {
    if (!menu.open) return;
    over.style.left = "0";
    const [own, bar] = [over.getBoundingClientRect(), element.getBoundingClientRect()];
    const out = Math.min(own.right - bar.right, own.left - bar.left);
    if (out > 0) over.style.left = `${-out}px`;
  };
  on(menu, "toggle", place);
  const widths = new ResizeObserver(place);
  widths.observe(element);
  signal.addEventListener("abort", () => widths.disconnect());
  return {
    element,
    get filter() {
      return current();
    },
  };
}
