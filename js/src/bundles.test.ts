// @vitest-environment node
// What each page loads: one file a widget, which the kernel sends to it and a saved notebook holds.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

/** The most that a bundle may weigh, in bytes. */
const MOST = 60_000;

test("no bundle is heavier than 60 kB", () => {
  const folder = mkdtempSync(join(tmpdir(), "rtw-bundles-"));
  try {
    execFileSync(process.execPath, ["build.mjs", "--outdir", folder]);
    const bundles = readdirSync(folder).filter((name) => name.endsWith(".js"));
    const widgets = readdirSync("src/widgets").filter((name) => /^\w+\.ts$/.test(name));
    expect(bundles.length).toBeGreaterThanOrEqual(widgets.length);
    const heavy = bundles.filter((name) => statSync(join(folder, name)).size > MOST);
    expect(heavy).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
