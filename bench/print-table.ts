import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** One line of a benchmark's result. */
export interface BenchRow {
  /** What was measured, with its unit: "inserts, 100 in flight (1/s)". */
  readonly measure: string;
  readonly value: number;
  /** What the machine gave to the raw limit in the same run. */
  readonly limit?: number;
  /** The bar, on the ratio of value to limit where there is a limit, else on the value itself. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A row as it is printed and written. */
interface Judged extends BenchRow {
  readonly ratio?: number;
  readonly held?: boolean;
}

function judge(row: BenchRow): Judged {
  const ratio = row.limit === undefined ? undefined : row.value / row.limit;
  const judged = ratio ?? row.value;
  const bars = [
    ...(row.atLeast === undefined ? [] : [judged >= row.atLeast]),
    ...(row.atMost === undefined ? [] : [judged <= row.atMost]),
  ];
  return {
    ...row,
    ...(ratio === undefined ? {} : { ratio }),
    ...(bars.length === 0 ? {} : { held: bars.every(Boolean) }),
  };
}

function shown(value: number | undefined): string {
  if (value === undefined) return "";
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 3);
}

function barOf(row: BenchRow): string {
  return [
    ...(row.atLeast === undefined ? [] : [`>= ${row.atLeast}`]),
    ...(row.atMost === undefined ? [] : [`<= ${row.atMost}`]),
  ].join(", ");
}

function tableOf(rows: readonly Judged[]): string {
  const head = ["measure", "value", "limit", "ratio", "bar", ""];
  const cells = rows.map((row) => [
    row.measure,
    shown(row.value),
    shown(row.limit),
    shown(row.ratio),
    barOf(row),
    row.held === undefined ? "" : row.held ? "held" : "MISSED",
  ]);
  const widths = head.map((_, at) =>
    Math.max(...[head, ...cells].map((line) => line[at]?.length ?? 0)),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
      .join("  ");
  return [line(head), ...cells.map(line)].join("\n");
}

/**
 * Prints the table, writes it as `bench/out/NAME.json` under the working directory, and gives the
 * process's exit code: 1 when a bar is missed.
 */
export function reportBench(name: string, rows: readonly BenchRow[]): 0 | 1 {
  const judged = rows.map(judge);
  const folder = join("bench", "out");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `${name}.json`),
    `${JSON.stringify({ name, at: new Date().toISOString(), rows: judged }, undefined, 2)}\n`,
  );
  process.stdout.write(`${tableOf(judged)}\n`);
  return judged.some(({ held }) => held === false) ? 1 : 0;
}
