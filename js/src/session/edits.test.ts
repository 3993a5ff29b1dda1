import { beforeEach, expect, test } from "vitest";
import type { SettingField } from "../model";
import { Edits } from "./edits";
import { settingField } from "./fake_field";

const turns = settingField("turn_detection", { kind: "choice", value: "server_vad" });
const threshold = settingField("threshold", { value: 0.5, when: ["server_vad"] });
const eagerness = settingField("eagerness", { value: null, when: ["semantic_vad"] });
const voice = settingField("voice", { value: "alloy" });
const fields: SettingField[] = [turns, threshold, eagerness, voice];

let edits: Edits;
beforeEach(() => {
  edits = new Edits();
});

test("only what differs from what is in force is a change", () => {
  edits.set(voice, "ash");
  edits.set(threshold, 0.5);
  edits.set(eagerness, "");
  expect(edits.changes(fields)).toEqual({ voice: "ash" });
  edits.set(voice, "alloy");
  expect(edits.changes(fields)).toEqual({});
});

test("members of another kind of turn detection are not seen and not sent", () => {
  edits.set(threshold, 0.7);
  expect(edits.visible(eagerness, fields)).toBe(false);
  edits.set(turns, "semantic_vad");
  edits.set(eagerness, "low");
  expect(edits.visible(threshold, fields)).toBe(false);
  expect(edits.changes(fields)).toEqual({ turn_detection: "semantic_vad", eagerness: "low" });
});

test("what has come into force is no change any more", () => {
  edits.set(voice, "ash");
  edits.set(threshold, 0.7);
  edits.settle([turns, threshold, eagerness, { ...voice, value: "ash" }]);
  expect(edits.changed(voice)).toBe(false);
  expect(edits.changed(threshold)).toBe(true);
  edits.drop(["threshold"]);
  expect(edits.changed(threshold)).toBe(false);
});
