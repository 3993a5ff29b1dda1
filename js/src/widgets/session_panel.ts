// The session: how it stands as a picture, its settings as a form, its tools, its end. The form is
// this view's own until it is applied; a change of the settings from elsewhere shows at once, but
// for what somebody has edited.

import { h, setText } from "../dom";
import type { FieldValue, SessionPanelToKernel, SessionPanelTraits, SettingField } from "../model";
import { definePanel, needsKernel, PAGE, send, watch } from "../panel";
import { Control } from "../session/control";
import { left, soon } from "../session/countdown";
import { diagram } from "../session/diagram";
import { Edits } from "../session/edits";
import styles from "./session_panel.css";

let views = 0;

export default definePanel<SessionPanelTraits, null>({
  word: "session_panel",
  label: "Session",
  styles,
  start: () => null,
  draw({ model, root, signal }) {
    views += 1;
    const view = `rtw-session_panel-${views}`;
    const name = h("strong", {});
    const facts = h("span", { class: "rtw-muted rtw-session_panel-facts" });
    const end = h("span", { class: "rtw-session_panel-end" });
    const picture = diagram(view);
    const spoken = h("span", { class: "rtw-spoken", role: "status" });
    const groups = h("div", { class: "rtw-session_panel-groups" });
    const box = h("div", { class: "rtw-session_panel-box" }, groups);
    const apply = h("button", { type: "submit", class: "rtw-button" }, "Apply");
    apply.title = "Sends what you changed to the server";
    const revert = h("button", { type: "button", class: "rtw-button" }, "Revert");
    revert.title = "Forgets what you changed and did not apply";
    const said = h("span", { class: "rtw-session_panel-said", role: "status" });
    const buttons = h("div", { class: "rtw-session_panel-buttons rtw-row" }, apply, revert, said);
    const form = h("form", { class: "rtw-session_panel-form", novalidate: true }, box, buttons);
    form.setAttribute("aria-label", "Settings of the session");
    needsKernel(groups, buttons);
    const tools = h("ul", { class: "rtw-session_panel-list" });
    const toolsHead = h("summary", { title: "Functions that the model may call" });
    root.append(
      h("div", { class: "rtw-row rtw-session_panel-head" }, name, facts, end),
      picture.element,
      spoken,
      form,
      h("details", { class: "rtw-session_panel-tools" }, toolsHead, tools),
    );

    const edits = new Edits();
    const controls = new Map<string, Control>();
    /** What was applied and is not answered yet. */
    let asked: Record<string, FieldValue> | null = null;
    let start = -1;
    let shape = "";

    const update = () => {
      const fields = model.get("fields");
      const [applying, closed] = [model.get("applying"), model.get("closed")];
      const { refused } = edits;
      for (const field of fields) {
        controls.get(field.name)?.update(field, {
          value: edits.value(field),
          changed: edits.changed(field),
          visible: edits.visible(field, fields),
          refused: refused[field.name] ?? "",
          disabled: closed,
        });
      }
      for (const group of groups.children) {
        const lines = [...group.querySelectorAll<HTMLElement>("[data-name]")];
        (group as HTMLElement).hidden = lines.every((line) => line.hidden);
      }
      const count = Object.keys(edits.changes(fields)).length;
      apply.disabled = count === 0 || applying || closed;
      revert.disabled = count === 0 || applying;
      const known = new Set(fields.map((field) => field.name));
      const other = Object.entries(refused).find(([key]) => !known.has(key))?.[1] ?? "";
      const meant = fields.filter((one) => refused[one.name] !== undefined);
      const seen = meant.filter((one) => edits.visible(one, fields));
      const labels = seen.map((field) => field.label).join(", ");
      setText(said, words({ applying, closed, count, other, refused: labels }));
      said.dataset.state = (labels !== "" || other !== "") && !applying ? "bad" : "";
    };

    watch(model, ["fields"], signal, () => {
      const fields = model.get("fields");
      const now = JSON.stringify(
        fields.map((one) => [one.name, one.kind, one.choices, one.value === null]),
      );
      // Anew only where the lines are others: a control in hand keeps its place and focus.
      if (now !== shape) {
        const focused = groups.contains(document.activeElement) ? document.activeElement?.id : "";
        shape = now;
        build(fields, groups, controls, view, signal, (field, value) => {
          edits.set(model.get("fields").find((one) => one.name === field.name) ?? field, value);
          update();
        });
        if (focused) root.ownerDocument.getElementById(focused)?.focus();
      }
      edits.settle(fields);
      update();
    });
    watch(model, ["refused", "applying", "applied", "closed"], signal, () => {
      if (asked !== null && !model.get("applying") && model.get("applied") !== start) {
        // What the server took, it took in its own way: the form shows what is in force.
        const refused = model.get("refused");
        if (Object.keys(refused).length === 0) edits.drop(Object.keys(asked));
        edits.refuse(refused);
        asked = null;
        update();
        groups.querySelector("[data-state=refused]")?.scrollIntoView?.({ block: "nearest" });
      } else update();
    });
    form.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        const changes = edits.changes(model.get("fields"));
        if (apply.disabled || Object.keys(changes).length === 0) return;
        asked = changes;
        edits.refuse({});
        start = model.get("applied");
        send<SessionPanelToKernel>(model, { kind: "apply", page: PAGE, changes });
        apply.disabled = true;
      },
      { signal },
    );
    revert.addEventListener(
      "click",
      () => {
        edits.clear();
        update();
      },
      { signal },
    );

    watch(model, ["title", "facts"], signal, () => {
      setText(name, model.get("title"));
      setText(facts, model.get("facts"));
    });
    watch(model, ["activity"], signal, () => {
      picture.show(model.get("activity"));
      setText(spoken, `The session is ${model.get("activity")}`);
      root.dataset.activity = model.get("activity");
    });
    watch(model, ["tools"], signal, () => {
      const list = model.get("tools");
      setText(toolsHead, `${list.length} tool${list.length === 1 ? "" : "s"}`);
      tools.replaceChildren(
        ...list.map((tool) =>
          h("li", {}, h("code", {}, tool.name), h("span", { dir: "auto" }, ` ${tool.description}`)),
        ),
      );
    });
    const tick = () => {
      const [at, now] = [model.get("expires_at"), Date.now() / 1000];
      const rest = left(at, now);
      end.hidden = at === 0;
      end.dataset.soon = String(soon(at, now));
      if (model.get("closed")) setText(end, "ended");
      else setText(end, rest === null ? "its time is over" : `ends in ${rest}`);
      end.title = at === 0 ? "" : `The server ends it at ${new Date(at * 1000).toLocaleString()}`;
    };
    watch(model, ["expires_at", "closed"], signal, tick);
    const timer = setInterval(tick, 1000);
    signal.addEventListener("abort", () => clearInterval(timer));
  },
});

/** Lines under the heads of their groups. */
function build(
  fields: readonly SettingField[],
  groups: HTMLElement,
  controls: Map<string, Control>,
  view: string,
  signal: AbortSignal,
  edited: (field: SettingField, value: FieldValue) => void,
): void {
  controls.clear();
  const made = new Map<string, HTMLElement>();
  for (const field of fields) {
    const id = `${view}-${field.name.replace(".", "-")}`;
    const control = new Control(field, id, signal, (value) => edited(field, value));
    controls.set(field.name, control);
    const known = made.get(field.group);
    const group = known ?? h("fieldset", {}, h("legend", {}, field.group));
    group.append(control.element);
    made.set(field.group, group);
  }
  groups.replaceChildren(...made.values());
}

function words(now: {
  applying: boolean;
  closed: boolean;
  count: number;
  other: string;
  refused: string;
}): string {
  if (now.applying) return "Sent, waiting for the server …";
  if (now.closed) return "The session is over.";
  if (now.other !== "") return now.other;
  const count = `${now.count} change${now.count === 1 ? "" : "s"}, not applied`;
  if (now.refused !== "")
    return now.count < 2 ? `Not applied: see ${now.refused}.` : `${count}: see ${now.refused}.`;
  return now.count === 0 ? "" : count;
}
