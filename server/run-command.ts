import { ConfigError, readConfig, type Config } from "./config.js";
import { isStoreUnavailable } from "./errors.js";

/**
 * Runs a process's work with the configuration; ends it with status 1 and words for a person when it
 * cannot start. What went wrong is told on stderr, never as a stack.
 */
export async function runCommand(work: (config: Config) => Promise<void>): Promise<void> {
  let config: Config | null = null;
  // Databases, keys, journals and dumps are the owner's alone, also where a folder is not.
  process.umask(0o077);
  try {
    config = readConfig();
    await work(config);
  } catch (error) {
    process.stderr.write(`${explain(error, config)}\n`);
    process.exit(1);
  }
}

function explain(error: unknown, config: Config | null): string {
  if (!(error instanceof Error)) return "The start failed.";
  if (error instanceof ConfigError || config === null) return error.message;
  if ("code" in error && "port" in error) {
    const variable = error.port === config.demoPort ? "DEMO_PORT" : "PORT";
    if (error.code === "EADDRINUSE")
      return `Port ${String(error.port)} is taken. Set ${variable} to another one.`;
    if (error.code === "EACCES")
      return `Port ${String(error.port)} needs more rights. Set ${variable} to one above 1023.`;
  }
  if ("code" in error && error.code === "EADDRNOTAVAIL")
    return `This machine has no address ${config.host}. Set HOST to one that it has.`;
  if (isStoreUnavailable(error) && config.mongoUrl !== null)
    return "The store at MONGO_URL cannot be reached.";
  return error.message;
}
