// GraphiQL over our endpoint: queries by POST, subscriptions by an event stream.
// After `sessionCreate` its token is used for everything, until the tab is closed.
"use strict";

(() => {
  const TOKEN = "trunkline-token";
  const endpoint = new URL("graphql", document.baseURI);

  const headersFor = (given) => {
    const headers = new Headers({
      "Content-Type": "application/json",
      "GraphQL-Require-Preflight": "1",
      ...given,
    });
    const token = sessionStorage.getItem(TOKEN);
    if (token && !headers.has("Authorization")) {
      headers.set("Authorization", `Bearer ${token}`);
    }
    return headers;
  };

  const remember = (result) => {
    const opened = Object.values((result && result.data) || {}).find(
      (field) => field && typeof field.token === "string",
    );
    if (opened) sessionStorage.setItem(TOKEN, opened.token);
    return result;
  };

  const ask = async (params, options, accept) => {
    const headers = headersFor(options && options.headers);
    headers.set("Accept", accept);
    const response = await fetch(endpoint, {
      method: "POST",
      headers,
      body: JSON.stringify(params),
    });
    if (response.status === 401 && sessionStorage.getItem(TOKEN)) {
      sessionStorage.removeItem(TOKEN); // it has ended: sign in again
    }
    return response;
  };

  async function* events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (text + value).split("\n\n");
      text = parts.pop();
      for (const part of parts) {
        const line = part.split("\n").find((entry) => entry.startsWith("data: "));
        if (line) yield JSON.parse(line.slice("data: ".length));
      }
    }
  }

  const isSubscription = (params, options) => {
    const definitions = (options && options.documentAST && options.documentAST.definitions) || [];
    return definitions.some(
      (definition) =>
        definition.operation === "subscription" &&
        (!params.operationName ||
          (definition.name && definition.name.value === params.operationName)),
    );
  };

  const fetcher = async (params, options) => {
    if (isSubscription(params, options)) {
      return events(await ask(params, options, "text/event-stream"));
    }
    const response = await ask(params, options, "application/graphql-response+json");
    return remember(await response.json());
  };

  const show = (documents) => {
    const root = ReactDOM.createRoot(document.getElementById("graphiql"));
    const defaultTabs = documents.map(({ query, variables }) => ({ query, variables }));
    root.render(
      React.createElement(GraphiQL, {
        fetcher,
        defaultTabs: defaultTabs.length ? defaultTabs : undefined,
        defaultEditorToolsVisibility: "variables",
      }),
    );
  };

  fetch(new URL("graphiql/documents.json", document.baseURI))
    .then((response) => response.json())
    .then(show);
})();
