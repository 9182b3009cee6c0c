import { createApp, type App } from "./app.js";
import type { Config } from "./config.js";
import { createLog } from "./infra/log.js";
import { tuneYoungGeneration } from "./infra/young-generation.js";
import { runCommand } from "./run-command.js";
import { scriptTag } from "./sites/present-site.js";

/** Longest wait for a clean stop; what is not finished then is cut. */
const stopWithinMs = 9500;

tuneYoungGeneration();
await runCommand(async (config) => {
  const log = createLog(config);
  const app = await createApp(config, { log });
  try {
    const { demoUrl } = await app.start();
    await tellAddresses(config, app, demoUrl);
  } catch (error) {
    await app.stop();
    throw error;
  }

  let stopping = false;
  const stop = (status: number) => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(status), stopWithinMs).unref();
    app.stop().then(
      () => process.exit(status),
      (error: unknown) => {
        log.error({ err: error }, "stopping failed");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", () => stop(0));
  process.on("SIGINT", () => stop(0));
  const fatal = (error: unknown) => {
    log.fatal({ err: error }, "unexpected failure");
    stop(1);
  };
  process.on("uncaughtException", fatal);
  process.on("unhandledRejection", fatal);
});

/** What a newcomer needs, on the terminal alone: the set-up link must never reach a log. */
async function tellAddresses(config: Config, app: App, demoUrl: string | null): Promise<void> {
  const link = await app.setupLink();
  const lines = [
    "Porchlight is running.",
    "",
    ...(demoUrl === null ? [] : [`  Demo shop   ${demoUrl}`]),
    ...(link === null
      ? [`  Dashboard   ${config.publicUrl.origin}/dashboard/`]
      : [
          `  Dashboard   ${link}`,
          "              (makes the first admin; works once, for an hour)",
        ]),
    `  Script tag  ${scriptTag(app.demoKey, config.publicUrl)}`,
    `  Data        ${config.dataDir}${config.mongoUrl === null ? "" : " (keys and journal; conversations are at MONGO_URL)"}`,
    "",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
