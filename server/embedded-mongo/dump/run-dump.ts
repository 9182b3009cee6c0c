import { parseArgs } from "node:util";
import { errorText } from "../error-text.js";
import { connectTo } from "./connect.js";
import { dumpDatabase, type DumpedCollection } from "./dump-database.js";
import { restoreDatabase } from "./restore-database.js";

/** The commands `npm run db:dump` and `npm run db:restore`. */
const usage = `usage: npm run db:dump    -- --out FOLDER [--db NAME] [--data DIR | --url MONGODB_URL]
       npm run db:restore -- --in FOLDER  [--db NAME] [--data DIR | --url MONGODB_URL] [--drop]
  --data   the data folder, default ./.porchlight; a running server is used, else one is started for this
  --url    a MongoDB instead
  --db     the database, default porchlight
  --drop   replace collections that are there
`;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function shown({ documents, view }: DumpedCollection): string {
  return view === true ? "view" : `${documents} documents`;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: "string" },
      in: { type: "string" },
      db: { type: "string", default: "porchlight" },
      data: { type: "string", default: ".porchlight" },
      url: { type: "string" },
      drop: { type: "boolean", default: false },
    },
  });
  const restoring = positionals[0] === "restore";
  const folder = restoring ? values.in : values.out;
  if (folder === undefined) throw new Error(restoring ? "--in is missing" : "--out is missing");
  const connected = await connectTo({ url: values.url, data: values.data, create: restoring });
  try {
    if (!restoring) {
      for (const entry of await dumpDatabase(connected.client, values.db, folder))
        say(`${entry.name}: ${shown(entry)} written`);
      return;
    }
    const result = await restoreDatabase(connected.client, values.db, folder, {
      drop: values.drop,
    });
    for (const entry of result.collections) say(`${entry.name}: ${shown(entry)} read`);
    if (result.undefinedAsNull > 0)
      say(`${result.undefinedAsNull} values of the deprecated type undefined became null`);
  } finally {
    await connected.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorText(error)}\n${usage}`);
  process.exitCode = 1;
});
