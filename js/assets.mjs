// What an import of something that is no script means, once for the bundler and once for the
// test runner:
//
//   import code from "../audio/capture.worklet.ts?worklet";   the worklet, bundled, as text
//   import styles from "../styles.css";                       the style sheet, as text
//
// A worklet is loaded from a blob URL, so a widget's module stays one self-contained file.
// Without "?worklet" the same file is an ordinary module: that is how its tests import it.

import { dirname, resolve } from "node:path";
import * as esbuild from "esbuild";

const WORKLET = "?worklet";
const STYLES = ".css";

/** Syntax that Chromium, Firefox and Safari of the last three years understand. */
export const TARGET = "es2022";

async function bundleAsText(path, { format, minify }) {
  const result = await esbuild.build({
    entryPoints: [path],
    bundle: true,
    write: false,
    format,
    minify,
    target: TARGET,
    charset: "utf8",
    legalComments: "none",
    metafile: true,
  });
  const files = Object.keys(result.metafile.inputs).map((file) => resolve(file));
  return { text: result.outputFiles[0].text, files };
}

/** A worklet may not import at run time, so it becomes one script with its own scope. */
const workletText = (path, minify) => bundleAsText(path, { format: "iife", minify });
const stylesText = (path, minify) => bundleAsText(path, { minify });

/** The esbuild plugin. */
export function assets({ minify = true } = {}) {
  return {
    name: "assets",
    setup(build) {
      build.onResolve({ filter: /\?worklet$/ }, ({ path, resolveDir }) => ({
        path: resolve(resolveDir, path.slice(0, -WORKLET.length)),
        namespace: "worklet",
      }));
      build.onLoad({ filter: /.*/, namespace: "worklet" }, async ({ path }) => {
        const { text, files } = await workletText(path, minify);
        return { contents: text, loader: "text", watchFiles: files };
      });
      build.onResolve({ filter: /\.css$/ }, ({ path, resolveDir, kind }) =>
        kind === "import-statement"
          ? { path: resolve(resolveDir, path), namespace: "styles" }
          : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: "styles" }, async ({ path }) => {
        const { text, files } = await stylesText(path, minify);
        return { contents: text, loader: "text", watchFiles: files };
      });
    },
  };
}

/** The same for Vitest: a Vite plugin. */
export function viteAssets() {
  const MARK = "\0asset:";
  return {
    name: "assets",
    enforce: "pre",
    resolveId(id, importer) {
      if (importer === undefined || !id.startsWith(".")) return null;
      if (!id.endsWith(WORKLET) && !id.endsWith(STYLES)) return null;
      // A trailing mark keeps Vite's own handling of styles away from the module.
      return `${MARK}${resolve(dirname(importer), id)}${MARK}`;
    },
    async load(id) {
      if (!id.startsWith(MARK)) return null;
      const path = id.slice(MARK.length, -MARK.length);
      const { text } = path.endsWith(WORKLET)
        ? await workletText(path.slice(0, -WORKLET.length), false)
        : await stylesText(path, false);
      return { code: `export default ${JSON.stringify(text)};`, map: null };
    },
  };
}
