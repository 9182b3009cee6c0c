/**
 * `npm start`: builds what is not built or older than its source, then runs the server in this
 * process. `node server/start.mjs NAME` runs another entry of dist/server the same way.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const entry = process.argv[2] ?? "main";
const products = [
  "dist/server/main.js",
  "dist/widget/loader.js",
  "dist/dashboard/assets/manifest.json",
];

const built = Math.min(...products.map((path) => modifiedAt(join(root, path))));
const outdated = built === 0 || built < newest();
if (outdated && process.env.NODE_ENV === "production" && built === 0)
  fail("There is no build. Run: npm ci && npm run build");
if (outdated && process.env.NODE_ENV !== "production") {
  process.stderr.write("Building …\n");
  const build = spawnSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
  if (build.status !== 0) fail("The build failed.");
}

process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(root, `dist/server/${entry}.js`)).href);

/** When the youngest source was written. */
function newest() {
  let youngest = 0;
  for (const folder of ["server", "shared", "widget", "dashboard"])
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }))
      if (/\.(tsx?|css)$/.test(name))
        youngest = Math.max(youngest, modifiedAt(join(root, folder, name)));
  for (const name of ["package.json", "rollup.config.mjs"])
    youngest = Math.max(youngest, modifiedAt(join(root, name)));
  return youngest;
}

function modifiedAt(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
