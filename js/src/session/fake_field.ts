/** A line of the form for tests. */

import type { SettingField } from "../model";

export const settingField = (name: string, fields: Partial<SettingField> = {}): SettingField => ({
  name,
  group: "Answers",
  label: name,
  kind: "text",
  help: `about ${name}`,
  nothing: "",
  when: [],
  choices: [],
  least: null,
  most: null,
  whole: false,
  value: "",
  state: "",
  asked: "",
  granted: "",
  ...fields,
});
