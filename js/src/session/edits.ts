/** What was changed in a form and not applied yet. Pure. */

import type { FieldValue, SettingField } from "../model";

export class Edits {
  readonly #values = new Map<string, FieldValue>();
  #refused: Record<string, string> = {};

  /** What the form shows of a field. */
  value(field: SettingField): FieldValue {
    const edited = this.#values.get(field.name);
    return edited === undefined ? field.value : edited;
  }

  /** Somebody changed a field; back to what is in force is no change. */
  set(field: SettingField, value: FieldValue): void {
    if (value === field.value || (value === "" && field.value === null)) {
      this.#values.delete(field.name);
    } else this.#values.set(field.name, value);
    this.#answer([field.name]);
  }

  /** What was applied was not taken: a word for each field, "" for what means none. */
  refuse(refused: Record<string, string>): void {
    this.#refused = { ...refused };
  }

  /** What still stands of that: the value that was refused is the one that the form shows. */
  get refused(): Readonly<Record<string, string>> {
    return this.#refused;
  }

  /** These are other values now; so is what was refused for all fields, or for one in force. */
  #answer(names: readonly string[]): void {
    const stand = Object.entries(this.#refused).filter(
      ([name]) => !names.includes(name) && this.#values.has(name),
    );
    this.#refused = Object.fromEntries(stand);
  }

  changed(field: SettingField): boolean {
    return this.#values.has(field.name);
  }

  /** Whether a field belongs to the kind of turn detection that the form shows. */
  visible(field: SettingField, fields: readonly SettingField[]): boolean {
    if (field.when.length === 0) return true;
    const turns = fields.find(({ name }) => name === "turn_detection");
    return turns === undefined || field.when.includes(String(this.value(turns)));
  }

  /** What is to be applied: of what is seen, what differs from what is in force. */
  changes(fields: readonly SettingField[]): Record<string, FieldValue> {
    const changed = fields.filter((one) => this.changed(one) && this.visible(one, fields));
    return Object.fromEntries(changed.map((one) => [one.name, this.value(one)]));
  }

  /** Forget what has come into force by now. */
  settle(fields: readonly SettingField[]): void {
    for (const field of fields) {
      if (this.#values.get(field.name) !== field.value) continue;
      this.#values.delete(field.name);
      delete this.#refused[field.name];
    }
  }

  /** Forget these; the server took them, whatever it made of them. */
  drop(names: Iterable<string>): void {
    for (const name of names) this.#values.delete(name);
  }

  clear(): void {
    this.#values.clear();
    this.#refused = {};
  }
}
