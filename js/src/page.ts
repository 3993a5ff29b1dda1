/** This page's token: new at every load, so that a reloaded page is another page. */
export const PAGE: string = randomToken();

function randomToken(): string {
  // crypto.randomUUID needs a secure context, which a page without a microphone may not be.
  const words = crypto.getRandomValues(new Uint32Array(4));
  return Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
}
