// Questions to the kernel that are asked again and again: one at a time, the newest wins.

/** Questions follow one another at least so far apart, in ms. */
const APART = 100;
/** An answer that takes longer is not waited for. */
const PATIENCE = 3000;

/** Questions of all views of this page have numbers of their own. */
let asked = 0;

export class Questions<Question> {
  readonly #send: (seq: number, question: Question) => void;
  #waiting: number | null = null;
  #next: Question | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `send` puts a question with its number to the kernel. */
  constructor(send: (seq: number, question: Question) => void, signal: AbortSignal) {
    this.#send = send;
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Ask soon, unless another question comes first. */
  ask(question: Question): void {
    this.#next = question;
    if (this.#timer === undefined) this.#go();
  }

  /** An answer came: is it the one that is waited for? */
  takes(seq: number): boolean {
    if (seq !== this.#waiting) return false;
    this.#waiting = null;
    return true;
  }

  #go(): void {
    this.#timer = undefined;
    if (this.#next === null) return;
    const question = this.#next;
    this.#next = null;
    asked += 1;
    const seq = asked;
    this.#waiting = seq;
    this.#send(seq, question);
    const begun = performance.now();
    const again = () => {
      // Where the kernel is slow, questions do not pile up.
      const waits = this.#waiting === seq && performance.now() - begun < PATIENCE;
      if (waits) this.#timer = setTimeout(again, APART);
      else this.#go();
    };
    this.#timer = setTimeout(again, APART);
  }
}
