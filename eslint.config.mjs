import tseslint from "typescript-eslint";

/**
 * The import walls. Each names the files it guards, the import specifiers it forbids (a regular
 * expression over the text between the quotes) and says why, because the reader of the message
 * should not have to look for the reason.
 */
const walls = [
  {
    files: ["shared/**"],
    regex: "^(\\.\\./|[^.])",
    message: "shared/ is read by both sides of the wire: it imports nothing but its own files.",
  },
  {
    files: ["widget/**"],
    regex: "(^|/)(server|dashboard|test)/",
    message: "widget/ runs on strangers' pages: it may import shared/ and nothing else of ours.",
  },
  {
    files: ["dashboard/**"],
    regex: "(^|/)(server|widget|test)/",
    message: "dashboard/ talks to the server over the wire only: import shared/, nothing else.",
  },
  {
    files: ["server/**"],
    regex: "^(\\.\\./)+(widget|dashboard|test|bench)/",
    message: "server/ serves the built pages as files; their source is not part of it.",
  },
  {
    files: ["widget/**", "dashboard/**"],
    regex: "^node:",
    message: "This code runs in browsers: there is no Node here.",
  },
  {
    files: ["server/embedded-mongo/**"],
    regex: "^(\\.\\./)+(shared|infra|http|realtime|config|errors|[a-z]+/[a-z-]+-store)",
    message: "embedded-mongo knows nothing of the product; it could be a package of its own.",
  },
  {
    files: ["server/**"],
    except: ["server/infra/mongo.ts", "server/embedded-mongo/**"],
    regex: "embedded-mongo",
    message: "Only infra/mongo.ts starts the embedded store; all others see a MongoDB.",
  },
  {
    files: ["server/**"],
    except: [
      "server/**/*-store.ts",
      "server/infra/mongo.ts",
      "server/infra/mend-driver.ts",
      "server/infra/replies.ts",
      "server/embedded-mongo/**",
    ],
    regex: "^(mongoose|mongodb)(/|$)",
    message:
      "Only *-store.ts files touch the database, so that a query is found where it is named.",
  },
  {
    files: ["server/**"],
    except: ["server/attachments/render-image.ts"],
    regex: "^sharp$",
    message: "Only render-image.ts decodes images: its loader allow-list must hold for every one.",
  },
  {
    files: ["server/**"],
    except: ["server/mail/transport.ts"],
    regex: "^nodemailer(/|$)",
    message:
      "Only mail/transport.ts hands mail over: the suppression check stands right before it.",
  },
  {
    files: ["server/**"],
    except: ["server/infra/redis.ts"],
    regex: "^(redis|@socket\\.io/redis-streams-adapter)$",
    message: "Only infra/redis.ts talks to Redis, so that its absence is decided in one place.",
  },
  {
    files: ["server/**/*-store.ts"],
    regex: "(-routes|-socket|/http/|/realtime/)",
    message: "Stores are below verbs and edges: an import upwards would close a circle.",
  },
  {
    files: ["server/infra/**"],
    regex: "(-store|-routes|-socket|/http/|/realtime/)\\.js$",
    message: "infra/ knows the outside world, not the product's features.",
  },
];

/** Features own their stores; a neighbour calls a verb instead. */
const features = [
  "sites",
  "visitors",
  "operators",
  "conversations",
  "messages",
  "attachments",
  "consent",
  "tracking",
  "mail",
  "privacy",
  "webhooks",
];
for (const feature of features) {
  walls.push({
    files: [`server/${feature}/**`],
    regex: `^\\.\\./(?!${feature}/)[a-z]+/[a-z-]+-store\\.js$`,
    allowTypes: true,
    message: "Another feature's store is its own business: call its verb (types may be imported).",
  });
}

const everywhere = [
  "shared/**",
  "widget/**",
  "dashboard/**",
  "server/**",
  "test/**",
  "bench/**",
].map((glob) => `${glob}/*.{ts,tsx}`);

/** One flat-config rule cannot be merged, so the walls that guard a file are gathered per file group. */
const matches = (glob, file) => {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("**/", "(?:.*/)?")
    .replaceAll("**", ".*")
    .replaceAll(/(?<!\.)\*/g, "[^/]*");
  return new RegExp(`^${source}$`).test(file);
};

const wallsRule = {
  meta: { type: "problem", schema: [], messages: { wall: "{{reason}}" } },
  create(context) {
    const file = context.filename.slice(context.cwd.length + 1).replaceAll("\\", "/");
    const mine = walls
      .filter((wall) => wall.files.some((glob) => matches(glob, file)))
      .filter((wall) => !(wall.except ?? []).some((glob) => matches(glob, file)))
      .map((wall) => ({ ...wall, pattern: new RegExp(wall.regex) }));
    const check = (node) => {
      const specifier = node.source?.value;
      if (typeof specifier !== "string") return;
      for (const wall of mine) {
        if (wall.allowTypes && (node.importKind === "type" || node.exportKind === "type")) continue;
        if (wall.pattern.test(specifier))
          context.report({ node, messageId: "wall", data: { reason: wall.message } });
      }
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", ".porchlight/**", "bench/out/**"] },
  {
    files: everywhere,
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { porchlight: { rules: { walls: wallsRule } } },
    rules: {
      "porchlight/walls": "error",
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: true },
      ],
    },
  },
  {
    files: ["server/**/*.ts"],
    ignores: ["server/config.ts"],
    rules: {
      "no-restricted-properties": [
        "error",
        {
          object: "process",
          property: "env",
          message: "Only config.ts reads the environment: every setting is validated once, there.",
        },
      ],
    },
  },
  {
    // Mongoose declares schema options as classes and documents them as plain objects.
    files: ["server/**/*-store.ts"],
    rules: { "@typescript-eslint/no-unsafe-class-instance-assignment": "off" },
  },
  {
    // Evidence is added and read, never changed or removed: not even its own store can do more.
    files: [
      "server/consent/consent-store.ts",
      "server/privacy/chain-store.ts",
      "server/privacy/policy-store.ts",
    ],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "MemberExpression[property.name=/^(update|replace|delete|remove|save|bulkWrite|bulkSave|insertMany|collection|findOneAnd|findByIdAnd|drop|rename)/]",
          message: "Evidence is insert-only: a record that can be changed proves nothing.",
        },
      ],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-unused-expressions": "off" },
  },
);
