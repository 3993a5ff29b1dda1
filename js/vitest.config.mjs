import { defineConfig } from "vitest/config";
import { viteAssets } from "./assets.mjs";

export default defineConfig({
  plugins: [viteAssets()],
  test: {
    include: ["src/**/*.test.ts"],
    environment: "happy-dom",
    // A test that found no time-out of its own is a hang, not a slow machine.
    testTimeout: 20_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
