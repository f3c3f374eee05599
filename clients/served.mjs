// Asks a running system as the usual clients do, and follows a job to its end in two ways.
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { auditServer } from "graphql-http";
import { createClient as createEventClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";
import WebSocket from "ws";

const CUSTOMERS = "query Customers { customers(first: 1) { nodes { id number } totalCount } }";
const PROGRESS = "subscription Progress($id: ID!) { jobProgress(id: $id) { status progress { done total } } }";
const ENDED = new Set(["CANCELLED", "COMPLETED", "COMPLETED_WITH_ERRORS", "FAILED"]);

export const signIn = async (url, login, password) => {
  const query = "mutation($input: SessionCreateInput!) { sessionCreate(input: $input) { token } }";
  const answer = await post(url, {}, query, { input: { login, password } });
  if (!answer.sessionCreate.token) throw new Error("The login or password is not right.");
  return { authorization: `Bearer ${answer.sessionCreate.token}` };
};

const post = async (url, headers, query, variables) => {
  const response = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const answer = await response.json();
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
};

export const audit = async (url, headers) => {
  const fetchFn = (address, given = {}) =>
    fetch(address, { ...given, headers: { ...given.headers, ...headers } });
  const results = await auditServer({ url, fetchFn });
  const missed = results.filter((result) => result.status !== "ok");
  if (missed.length) throw new Error(missed.map(({ id, name, reason }) => `${id} ${name}: ${reason}`).join("\n"));
  return results.length;
};

export const askWithApollo = async (url, headers) => {
  const client = new ApolloClient({
    link: new HttpLink({ uri: url, headers }),
    cache: new InMemoryCache(),
  });
  const { data } = await client.query({ query: gql(CUSTOMERS) });
  return data.customers.totalCount;
};

export const askWithUrql = async (url, headers) => {
  const client = new Client({
    url,
    exchanges: [cacheExchange, fetchExchange],
    fetchOptions: { headers },
    preferGetMethod: false,
  });
  const { data, error } = await client.query(CUSTOMERS, {}).toPromise();
  if (error) throw error;
  return data.customers.totalCount;
};

export const startImport = async (system, headers) => {
  const rows = Array.from({ length: 3000 }, (_, n) => `9${Date.now()}${n},r${n}@rows.example,Row ${n}\r\n`);
  const uploaded = await fetch(system.uploads, {
    method: "POST",
    headers: { ...headers, "content-disposition": 'attachment; filename="rows.csv"' },
    body: `Account,Email,First Name\r\n${rows.join("")}`,
  });
  const { id: uploadId } = await uploaded.json();
  const made = await post(
    system.graphql,
    headers,
    "mutation($input: RateGroupCreateInput!) { rateGroupCreate(input: $input) { rateGroup { id } } }",
    { input: { name: `Clients ${Date.now()}` } },
  );
  const defaults = { type: "PREPAID", rateGroupId: made.rateGroupCreate.rateGroup.id };
  const begun = await post(
    system.graphql,
    headers,
    "mutation($input: CustomerImportStartInput!) { customerImportStart(input: $input) { job { id } userErrors { message } } }",
    { input: { uploadId, dryRun: true, defaults } },
  );
  return begun.customerImportStart.job.id;
};

const followed = (client, id) =>
  new Promise((resolve, reject) => {
    const states = [];
    client.subscribe(
      { query: PROGRESS, variables: { id } },
      {
        next: ({ data, errors }) => (errors ? reject(errors) : states.push(data.jobProgress.status)),
        error: reject,
        complete: () => resolve(states),
      },
    );
  });

const checkEnd = (states) => {
  if (!ENDED.has(states.at(-1))) throw new Error(`followed to ${states.at(-1)} only`);
  return states;
};

export const followBySocket = async (url, headers, id) => {
  const client = createSocketClient({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: headers.authorization },
    retryAttempts: 0,
  });
  const states = checkEnd(await followed(client, id));
  await client.dispose();
  return states;
};

export const followByEvents = async (url, headers, id) => {
  const client = createEventClient({ url, headers, retryAttempts: 0 });
  const states = checkEnd(await followed(client, id));
  client.dispose();
  return states;
};
