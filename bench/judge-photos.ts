import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";

/** Packed 8-bit sRGB. */
export interface RawPhoto {
  data: Buffer;
  width: number;
  height: number;
}

export type Judge = (reference: RawPhoto, rendition: Buffer) => Promise<number>;

const run = promisify(execFile);
const folder = join("bench", "out");
const toolsFolder = join(folder, "tools");

function findProgram(name: string): string | null {
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter),
    join(homedir(), ".cargo", "bin"),
    join(toolsFolder, "bin"),
  ];
  return folders.map((at) => join(at, name)).find((path) => existsSync(path)) ?? null;
}

/** The reference's program, built with cargo where it is missing; null with the reason printed. */
function findSsimulacra2(): string | null {
  const found = findProgram("ssimulacra2_rs");
  if (found !== null) return found;
  const cargo = findProgram("cargo");
  if (cargo === null) {
    process.stdout.write("SSIMULACRA 2 skipped: no ssimulacra2_rs and no cargo to build it\n");
    return null;
  }
  process.stdout.write("building ssimulacra2_rs, about a minute\n");
  const words = ["install", "ssimulacra2_rs", "--no-default-features", "--locked", "--quiet"];
  try {
    execFileSync(cargo, [...words, "--root", toolsFolder], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  } catch {
    process.stdout.write("SSIMULACRA 2 skipped: cargo could not build ssimulacra2_rs\n");
  }
  return findProgram("ssimulacra2_rs");
}

let turn = 0;

/** A judge whose answers are kept in bench/out by what it was shown, so that no pair is judged twice. */
export function keepScores(name: string, judge: Judge): Judge {
  const file = join(folder, `${name}-scores.json`);
  mkdirSync(folder, { recursive: true });
  const known = new Map<string, number>(
    existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, "utf8")) as object) : [],
  );
  return async (reference, rendition) => {
    const hash = createHash("sha256").update(reference.data).update(rendition).digest("hex");
    const kept = known.get(hash);
    if (kept !== undefined) return kept;
    const score = await judge(reference, rendition);
    known.set(hash, score);
    writeFileSync(file, JSON.stringify(Object.fromEntries(known)));
    return score;
  };
}

/** Compares both as PNG files, which every judge reads the same way. */
function byFiles(name: string, compare: (a: string, b: string) => Promise<number>): Judge {
  return keepScores(name, async (reference, rendition) => {
    const base = join(folder, `${name}-${process.pid}-${turn++}`);
    const { data, width, height } = reference;
    const raw = { width, height, channels: 3 as const };
    await sharp(data, { raw }).png({ compressionLevel: 1 }).toFile(`${base}-a.png`);
    await sharp(rendition).removeAlpha().png({ compressionLevel: 1 }).toFile(`${base}-b.png`);
    const score = await compare(`${base}-a.png`, `${base}-b.png`);
    for (const side of ["a", "b"]) rmSync(`${base}-${side}.png`);
    return score;
  });
}

/** SSIMULACRA 2, the only judge of the bars: 100 is the same, 80 not noticed, 70 not annoying. */
export function openSsimulacra2(): Judge | null {
  const program = findSsimulacra2();
  if (program === null) return null;
  return byFiles("ssimulacra2", async (a, b) => {
    const { stdout } = await run(program, ["image", a, b]);
    return Number(/Score: (-?[\d.]+)/.exec(stdout)?.[1]);
  });
}

/** Butteraugli, the distance's 3-norm (0 is the same); printed, never a bar. */
export function openButteraugli(): Judge | null {
  const program = findProgram("butteraugli_main");
  if (program === null) {
    process.stdout.write("butteraugli skipped: apt-get install libjxl-devtools\n");
    return null;
  }
  return byFiles("butteraugli", async (a, b) => {
    const { stdout } = await run(program, [a, b]);
    return Number(/3-norm: ([\d.]+)/.exec(stdout)?.[1]);
  });
}

/** jpegoptim at a fixed quality over a plain JPEG; null with the reason printed. */
export function openJpegoptim(): ((jpeg: Buffer, quality: number) => Buffer) | null {
  const program = findProgram("jpegoptim");
  if (program === null) {
    process.stdout.write("jpegoptim skipped: apt-get install jpegoptim\n");
    return null;
  }
  mkdirSync(folder, { recursive: true });
  return (jpeg, quality) => {
    // Before 1.5 it takes no picture from its standard input.
    const file = join(folder, `jpegoptim-${process.pid}-${turn++}.jpg`);
    writeFileSync(file, jpeg);
    const words = ["--stdout", "--strip-all", "--all-progressive", `--max=${quality}`, file];
    try {
      return execFileSync(program, words, {
        maxBuffer: 64 << 20,
        stdio: ["ignore", "pipe", "ignore"],
      });
    } finally {
      rmSync(file);
    }
  };
}
