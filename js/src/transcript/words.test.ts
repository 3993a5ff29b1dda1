import { expect, test } from "vitest";
import { BLANK } from "./blank_row";
import { asked, call, copied, given, lasted, pretty, short, spoken, time } from "./words";

test("times", () => {
  expect([-1, 0, 64_900, 3_729_000].map(time)).toEqual(["", "0:00", "1:04", "1:02:09"]);
  expect([0, 240, 3240].map(lasted)).toEqual(["", "240 ms", "3.2 s"]);
});

test("arguments as one would write them", () => {
  expect(given('{"city":"Bern","days":2}')).toBe('city="Bern", days=2');
  expect(given("{}")).toBe("");
  expect(given('{"city":"Be')).toBe('{"city":"Be');
  expect(given("[1, 2]")).toBe("[1, 2]");
  expect(short(`${"long ".repeat(100)}`)).toHaveLength(161);
});

test("results with a line for each field, where they have any", () => {
  expect(pretty('{"t":12}')).toBe('{\n  "t": 12\n}');
  expect(pretty("12 degrees")).toBe("12 degrees");
  expect(pretty("12")).toBe("12");
});

test("what is copied", () => {
  const cut = { ...BLANK, text: "one", unheard: "two" };
  expect(copied(cut)).toBe("one two");
  const done = { ...BLANK, role: "call", name: "f", text: '{"a":1}', result: "12" } as const;
  expect(call(done)).toBe("f(a=1)");
  expect(copied(done)).toBe("f(a=1)\n12");
  expect(copied({ ...done, result: "" })).toBe("f(a=1)");
});

test("what a screen reader is told", () => {
  expect(spoken({ ...BLANK, role: "call", name: "f", failure: "ValueError: x" })).toBe(
    "Tool call: f() failed: ValueError: x",
  );
  expect(spoken({ ...BLANK, role: "assistant", text: "a", unheard: "b" })).toBe(
    "Assistant: a (not heard: b)",
  );
});

test("what becomes of a question", () => {
  const ask = { key: "k", state: "pending", left_s: 3 } as const;
  expect(asked(ask)).toBe("Without an answer: refused in 3 s.");
  expect(asked({ ...ask, left_s: -1 })).toBe("It waits for an answer.");
  expect(asked({ ...ask, state: "denied" })).toBe("Denied.");
});
