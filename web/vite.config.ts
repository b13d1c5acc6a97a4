import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

const server = process.env["SANGDAM_DEV_SERVER"] ?? "http://127.0.0.1:8120";

/** The licences of what is bundled travel with it: OFL and MIT ask for that. */
function notices(): Plugin {
  const bundled = {
    "Pretendard GOV": "pretendard-gov/dist/LICENSE.txt",
    preact: "preact/LICENSE",
    "@preact/signals": "@preact/signals/LICENSE",
    "@preact/signals-core": "@preact/signals-core/LICENSE",
    uPlot: "uplot/LICENSE",
  };
  return {
    name: "notices",
    apply: "build",
    generateBundle() {
      const parts = Object.entries(bundled).map(
        ([name, path]) => `${name}\n\n${readFileSync(new URL(`node_modules/${path}`, import.meta.url), "utf8")}`,
      );
      this.emitFile({ type: "asset", fileName: "licences.txt", source: parts.join("\n\n----\n\n") });
    },
  };
}

export default defineConfig({
  plugins: [notices()],
  build: {
    outDir: "../console/static",
    emptyOutDir: true,
    // The content security policy is `default-src 'self'`: nothing may become a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    rolldownOptions: {
      // The panel and all that it needs at once is one file: apart, the same code is longer.
      output: { codeSplitting: { groups: [{ name: "panel", test: /src[/\\]parts[/\\]panel-page/ }] } },
    },
  },
  server: {
    proxy: {
      "/api": server,
      "/ws": { target: server, ws: true },
    },
  },
});
