import { readFileSync } from "node:fs";
import { build, defineConfig, type Plugin } from "vite";

const server = process.env["SANGDAM_DEV_SERVER"] ?? "http://127.0.0.1:8120";
const at = (path: string): string => new URL(path, import.meta.url).pathname;

/** The licences of what is bundled travel with it. */
function notices(): Plugin {
  const bundled = {
    preact: "preact/LICENSE",
    "@preact/signals": "@preact/signals/LICENSE",
    "@preact/signals-core": "@preact/signals-core/LICENSE",
  };
  return {
    name: "notices",
    apply: "build",
    generateBundle() {
      const parts = Object.entries(bundled).map(
        ([name, path]) => `${name}\n\n${readFileSync(at(`node_modules/${path}`), "utf8")}`,
      );
      this.emitFile({ type: "asset", fileName: "licences.txt", source: parts.join("\n\n----\n\n") });
    },
  };
}

/** One file, a classic script that leaves nothing behind in the page: for other sites, and for the service worker. */
async function alone(entry: string, define: Record<string, string>): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    define,
    build: {
      write: false,
      target: "es2022",
      lib: { entry: at(entry), formats: ["iife"], name: "sangdam" },
      rolldownOptions: { output: { extend: false } },
    },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (!output || !("output" in output)) throw new Error(`${entry} was not built`);
  return output.output[0].code;
}

/** `widget.js` and `sw.js`, whose addresses never change; the service worker knows the files of the shell. */
function scripts(): Plugin {
  return {
    name: "scripts",
    apply: "build",
    enforce: "post",
    async generateBundle(_, bundle) {
      const shell = ["./", "icon.svg", "icon-192.png", "manifest.webmanifest", ...Object.keys(bundle)];
      const kept = shell.filter((name) => !name.endsWith(".html") && name !== "licences.txt");
      this.emitFile({ type: "asset", fileName: "widget.js", source: await alone("src/citizen/widget.ts", {}) });
      const worker = await alone("src/citizen/sw.ts", { SHELL: JSON.stringify(kept) });
      this.emitFile({ type: "asset", fileName: "sw.js", source: worker });
    },
  };
}

export default defineConfig({
  root: "chat",
  base: "/chat/",
  plugins: [notices(), scripts()],
  build: {
    outDir: "../../chat_gateway/static",
    emptyOutDir: true,
    // The content security policy lets in files of our own only: nothing may become a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  server: {
    proxy: {
      "/api": server,
      "/ws": { target: server, ws: true },
    },
  },
});
