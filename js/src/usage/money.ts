/** Money, exact: tokens times a price for a million of them. Pure. */

/** Places of a price that are kept, and of a sum of such products. */
const PLACES = 6;
const ALL = PLACES + 6;

/** What the parts cost together; a price is written `$4.00`. `$0.0042616`, two places at least. */
export function dollars(parts: readonly (readonly [tokens: number, price: string])[]): string {
  let sum = 0n;
  for (const [tokens, price] of parts) {
    const [whole = "0", places = ""] = price.replace("$", "").split(".");
    sum += BigInt(tokens) * BigInt(whole + places.slice(0, PLACES).padEnd(PLACES, "0"));
  }
  const digits = sum.toString().padStart(ALL + 1, "0");
  const places = digits.slice(-ALL).replace(/0+$/, "").padEnd(2, "0");
  return `$${digits.slice(0, -ALL)}.${places}`;
}
