// Two projects: `units` run in Node, `browser` runs the worklets on Chromium's audio thread.

import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { viteAssets } from "./assets.mjs";

const IN_BROWSER = "src/**/*.browser.test.ts";

/** The names that tests/browsers.py knows; without one it is left to Playwright's own. */
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) =>
  existsSync(path),
);

const common = {
  // A test that found no time-out of its own is a hang, not a slow machine.
  testTimeout: 20_000,
  restoreMocks: true,
  unstubGlobals: true,
};

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [viteAssets()],
        test: {
          ...common,
          name: "units",
          include: ["src/**/*.test.ts"],
          exclude: [IN_BROWSER],
          environment: "happy-dom",
        },
      },
      {
        plugins: [viteAssets()],
        test: {
          ...common,
          name: "browser",
          include: [IN_BROWSER],
          // One audio thread at a time: two would only wait for each other.
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(chromium === undefined ? {} : { executablePath: chromium }),
                args: [
                  "--no-sandbox",
                  "--disable-gpu",
                  "--disable-quic",
                  "--disable-background-networking",
                  "--disable-component-update",
                  "--disable-dev-shm-usage",
                  "--autoplay-policy=no-user-gesture-required",
                  "--use-fake-ui-for-media-stream",
                  "--use-fake-device-for-media-stream",
                ],
              },
              contextOptions: { permissions: ["microphone"] },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
