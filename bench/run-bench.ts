import { existsSync } from "node:fs";

/** `npm run bench -- NAME` runs bench/NAME.ts, which exports `run`, giving the exit code. */
const name = process.argv[2] ?? "";
const file = new URL(`./${name}.js`, import.meta.url);

if (!/^[a-z0-9-]+$/.test(name) || !existsSync(file)) {
  process.stderr.write(`usage: npm run bench -- NAME, where bench/NAME.ts is a benchmark\n`);
  process.exitCode = 1;
} else {
  const bench = (await import(file.href)) as { run: () => Promise<number> };
  process.exitCode = await bench.run();
}
