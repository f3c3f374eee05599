// Compiles the example documents with the tools that front-end teams use, and lints the schema.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Kind, buildSchema, parse, print, validate, visit } from "graphql";

const SCHEMA = "../schema/schema.graphql";
const DOCUMENTS = "../documents";
const MADE = "made";

const run = (tool, ...given) =>
  execFileSync(join("node_modules", ".bin", tool), given, { stdio: "inherit" });

const capital = (word) => word[0].toUpperCase() + word.slice(1);

// Relay names an operation after its module: `Customers` in Customers.js is `CustomersQuery`.
const asRelay = (module, document) =>
  visit(document, {
    OperationDefinition: (node) => ({
      ...node,
      name: { kind: Kind.NAME, value: `${module}${capital(node.operation)}` },
    }),
    FragmentDefinition: (node) => ({ ...node, name: fragment(module, node.name.value) }),
    FragmentSpread: (node) => ({ ...node, name: fragment(module, node.name.value) }),
  });

const fragment = (module, name) => ({ kind: Kind.NAME, value: `${module}_${name}` });

const separately = (document) => {
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return document.definitions
    .filter((node) => node.kind === Kind.OPERATION_DEFINITION)
    .map((operation) => [operation.name.value, { ...document, definitions: [operation, ...fragments] }]);
};

const texts = (document) => document.definitions.map((node) => `graphql\`${print(node)}\`;`);

const writeRelaySources = (documents) => {
  const folder = join(MADE, "relay");
  mkdirSync(folder, { recursive: true });
  for (const document of documents) {
    for (const [module, single] of separately(document)) {
      const lines = texts(asRelay(module, single)).join("\n");
      writeFileSync(join(folder, `${module}.js`), `import { graphql } from "relay-runtime";\n${lines}\n`);
    }
  }
  const config = {
    src: folder,
    schema: join(MADE, "schema.graphql"),
    language: "javascript",
    customScalarTypes: {},
    eagerEsModules: true,
  };
  writeFileSync(join(MADE, "relay.json"), JSON.stringify(config));
};

export const readDocuments = () =>
  readdirSync(DOCUMENTS)
    .filter((name) => name.endsWith(".graphql"))
    .map((name) => parse(readFileSync(join(DOCUMENTS, name), "utf8")));

export const checkTools = () => {
  rmSync(MADE, { recursive: true, force: true });
  mkdirSync(MADE);
  copyFileSync(SCHEMA, join(MADE, "schema.graphql"));
  const documents = readDocuments();
  const schema = buildSchema(readFileSync(SCHEMA, "utf8"));
  const wrong = documents.flatMap((document) => validate(schema, document));
  if (wrong.length) throw new Error(wrong.join("\n"));
  run("graphql-codegen", "--config", "codegen.json");
  writeRelaySources(documents);
  run("relay-compiler", join(MADE, "relay.json"));
  copyFileSync("eslint.config.mjs", join(MADE, "eslint.config.mjs"));
  execFileSync(join("..", "node_modules", ".bin", "eslint"), ["schema.graphql"], {
    cwd: MADE,
    stdio: "inherit",
  });
  run("graphql-inspector", "validate", join(DOCUMENTS, "*.graphql"), SCHEMA);
  return documents.length;
};
