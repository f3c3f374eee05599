// `make clients`: the tools always; the clients too where a running system is told.
//
// TRUNKLINE_READY: its ready.json. TRUNKLINE_LOGIN, TRUNKLINE_PASSWORD: an administrator's.
import { readFileSync } from "node:fs";
import { checkTools } from "./tools.mjs";
import * as served from "./served.mjs";

const say = (what, found) => console.log(`${what.padEnd(36)} ${found}`);

say("relay, codegen, eslint, inspector", `${checkTools()} documents`);

const { TRUNKLINE_READY: ready, TRUNKLINE_LOGIN: login, TRUNKLINE_PASSWORD: password } = process.env;
if (!ready) {
  say("graphql-http, apollo, urql, ws, sse", "left out: TRUNKLINE_READY names no running system");
} else {
  const system = JSON.parse(readFileSync(ready, "utf8"));
  const headers = await served.signIn(system.graphql, login ?? "admin@localhost", password);
  say("graphql-http audits passed", await served.audit(system.graphql, headers));
  say("apollo: customers", await served.askWithApollo(system.graphql, headers));
  say("urql: customers", await served.askWithUrql(system.graphql, headers));
  const job = await served.startImport(system, headers);
  const [bySocket, byEvents] = await Promise.all([
    served.followBySocket(system.graphql, headers, job),
    served.followByEvents(system.graphql, headers, job),
  ]);
  say("graphql-ws followed a job", bySocket.join(" "));
  say("graphql-sse followed a job", byEvents.join(" "));
}
