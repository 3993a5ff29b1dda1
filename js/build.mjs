// Bundles every widget: src/widgets/<name>.ts -> ../rtwidgets/static/<name>.js, one
// self-contained ES module each, and src/styles.css -> ../rtwidgets/static/styles.css.
//
//   node build.mjs [--outdir DIR] [--dev] [--watch]
//
// --dev leaves the code readable and adds a source map; --watch is --dev, again at every change.

import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as esbuild from "esbuild";
import { assets, TARGET } from "./assets.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    outdir: { type: "string", default: join(here, "../rtwidgets/static") },
    dev: { type: "boolean", default: false },
    watch: { type: "boolean", default: false },
  },
});
const outdir = resolve(options.outdir);
const minify = !(options.dev || options.watch);

/** A widget is a module in src/widgets that is neither a test nor a declaration. */
function widgets() {
  const folder = join(here, "src/widgets");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ts") && !/\.(test|d)\.ts$/.test(name))
    .map((name) => join(folder, name));
}

/** A page of our own: a module in src/pages that the server in the kernel names. */
const pages = [join(here, "src/pages/capture.ts")];

/** A bundle whose widget is gone would still be shipped. */
function removeStale(entries) {
  const kept = new Set(entries.map((path) => basename(path).replace(/\.(ts|css)$/, "")));
  for (const name of readdirSync(outdir)) {
    if (/\.(js|css)(\.map)?$/.test(name) && !kept.has(name.split(".")[0])) {
      rmSync(join(outdir, name));
    }
  }
}

const scripts = [...widgets(), ...pages];
const styles = [join(here, "src/styles.css")].filter((path) => existsSync(path));
mkdirSync(outdir, { recursive: true });
removeStale([...scripts, ...styles]);

const common = {
  outdir,
  bundle: true,
  entryNames: "[name]",
  minify,
  target: TARGET,
  charset: "utf8",
  legalComments: "none",
  sourcemap: minify ? false : "inline",
  logLevel: "warning",
};
const jobs = [
  { ...common, entryPoints: scripts, format: "esm", plugins: [assets({ minify })] },
  { ...common, entryPoints: styles },
].filter((job) => job.entryPoints.length > 0);

if (options.watch) {
  for (const job of jobs) await (await esbuild.context({ ...job, logLevel: "info" })).watch();
} else {
  await Promise.all(jobs.map((job) => esbuild.build(job)));
  const sizes = readdirSync(outdir)
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => `${name} ${(statSync(join(outdir, name)).size / 1024).toFixed(1)} kB`);
  console.log(`built ${sizes.join(", ") || "nothing: src/widgets is empty"}`);
}
