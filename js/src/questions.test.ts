import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Questions } from "./questions";

let life: AbortController;
let sent: { seq: number; question: string }[];
let questions: Questions<string>;

beforeEach(() => {
  vi.useFakeTimers();
  life = new AbortController();
  sent = [];
  questions = new Questions((seq, question) => sent.push({ seq, question }), life.signal);
});

afterEach(() => {
  life.abort();
  vi.useRealTimers();
});

const asked = () => sent.map(({ question }) => question);
const answer = () => questions.takes(sent.at(-1)?.seq ?? -1);

test("the first question goes at once, of those that follow the newest", () => {
  for (const question of ["a", "b", "c"]) questions.ask(question);
  expect(asked()).toEqual(["a"]);
  expect(answer()).toBe(true);
  vi.advanceTimersByTime(100);
  expect(asked()).toEqual(["a", "c"]);
});

test("at most ten a second, however quick the kernel is", () => {
  for (let i = 0; i < 100; i++) {
    questions.ask(String(i));
    answer();
    vi.advanceTimersByTime(10);
  }
  expect(sent.length).toBeLessThanOrEqual(11);
});

test("a kernel that does not answer is not asked again for 3 s", () => {
  questions.ask("a");
  questions.ask("b");
  vi.advanceTimersByTime(2800);
  expect(asked()).toEqual(["a"]);
  vi.advanceTimersByTime(400);
  expect(asked()).toEqual(["a", "b"]);
});

test("an answer that is not waited for is none", () => {
  questions.ask("a");
  expect(questions.takes((sent[0]?.seq ?? 0) + 1)).toBe(false);
  expect(answer()).toBe(true);
  expect(answer()).toBe(false);
});

test("its end leaves no timer", () => {
  questions.ask("a");
  life.abort();
  expect(vi.getTimerCount()).toBe(0);
});
