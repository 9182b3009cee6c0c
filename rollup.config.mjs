import { nodeResolve } from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import esbuild from "rollup-plugin-esbuild";

/** The oldest browsers that are served: Safari 16.4, Chrome 110, Firefox 115. */
const target = ["safari16.4", "chrome110", "firefox115"];

/** `import css from "./x.css"` gives the file's text, with its own relative @imports put in place. */
const cssText = {
  name: "css-text",
  async load(id) {
    if (!id.endsWith(".css")) return null;
    const { build } = await import("esbuild");
    const result = await build({
      entryPoints: [id],
      bundle: true,
      minify: true,
      write: false,
      target,
    });
    this.addWatchFile(id);
    return `export default ${JSON.stringify(result.outputFiles[0].text.trim())};`;
  },
};

/**
 * Only esbuild's transpiler: its own resolver would come before node-resolve and pass over the
 * `browser` fields of packages, which puts Node's XMLHttpRequest into a page.
 */
const { resolveId: _passedOver, ...transpile } = esbuild({
  target,
  jsx: "automatic",
  jsxImportSource: "preact",
  tsconfig: false,
});

/**
 * The socket library brings WebTransport along, which `widget/net/visitor-socket.ts` never asks for:
 * a panel is lighter without it.
 */
const withoutWebTransport = {
  name: "without-web-transport",
  load: (id) =>
    /engine\.io-client\/build\/esm\/transports\/webtransport\.js$/.test(id)
      ? "export class WT {}"
      : null,
};

const plugins = [
  withoutWebTransport,
  nodeResolve({ browser: true, extensions: [".js", ".ts", ".tsx"] }),
  transpile,
  cssText,
  terser({ ecma: 2020, mangle: true, compress: { passes: 3 } }),
];

/** The server finds hashed names by this list. */
const manifest = {
  name: "manifest",
  generateBundle(_options, bundle) {
    const entries = Object.values(bundle)
      .filter((chunk) => chunk.type === "chunk" && chunk.isEntry)
      .map((chunk) => [chunk.name, chunk.fileName]);
    this.emitFile({
      type: "asset",
      fileName: "manifest.json",
      source: JSON.stringify(Object.fromEntries(entries)),
    });
  },
};

export default [
  {
    // The loader is a classic script with a site's settings put in by the server.
    input: { loader: "widget/loader.ts" },
    output: { dir: "dist/widget", format: "iife", entryFileNames: "[name].js" },
    plugins,
  },
  {
    input: { panel: "widget/panel.tsx" },
    output: {
      dir: "dist/widget/assets",
      format: "es",
      entryFileNames: "[name]-[hash].js",
      chunkFileNames: "[name]-[hash].js",
    },
    plugins: [...plugins, manifest],
  },
  {
    input: { dashboard: "dashboard/dashboard.tsx" },
    output: {
      dir: "dist/dashboard/assets",
      format: "es",
      entryFileNames: "[name]-[hash].js",
      chunkFileNames: "[name]-[hash].js",
    },
    plugins: [...plugins, manifest],
  },
];
