// PostGraphile over one database: node server.mjs <address> <port> <connections>
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { jsonPgSmartTags } from "postgraphile/utils";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

// It asks for Node 22 and of that uses only this.
Promise.withResolvers ??= function withResolvers() {
  let resolve, reject;
  const promise = new this((done, failed) => ([resolve, reject] = [done, failed]));
  return { promise, resolve, reject };
};

// A wallet has its account's id, which no foreign key says.
const wallets = jsonPgSmartTags({
  version: 1,
  config: { class: { "public.ledger_accounts": { tags: {
    foreignKey: "(id) references public.accounts (id)|@fieldName holder|@foreignSimpleFieldName wallets|@foreignFieldName wallet",
  } } } },
});

const [address, port, connections] = process.argv.slice(2);
const server = createServer();
const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [wallets],
  // It would leave out conditions and orders that only a partial index serves.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  grafserv: { watch: false, graphiql: false },
  grafast: { explain: false },
  pgServices: [
    makePgService({ connectionString: address, schemas: ["public"], poolConfig: { max: Number(connections) } }),
  ],
});
await instance.createServ(grafserv).addTo(server);
server.listen(Number(port), "127.0.0.1");
