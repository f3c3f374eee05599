// Sends the token of this page's address with a new password to the API, and shows what it answers.
"use strict";

const form = document.getElementById("form");
const said = document.getElementById("said");
const token = new URLSearchParams(location.search).get("token") ?? "";
const query = `mutation SetPassword($token: String!, $new: String!) {
  passwordReset(input: {token: $token, new: $new}) { accepted userErrors { message } }
}`;

// The address is copied, saved and seen over shoulders; the link works once, and not from there.
history.replaceState(null, "", location.pathname);

function show(text, kind) {
  said.textContent = text;
  said.className = kind;
}

async function setPassword(password) {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ query, variables: { token, new: password } }),
  });
  const answer = await response.json();
  if (answer.errors) return answer.errors.map((error) => error.message);
  return answer.data.passwordReset.userErrors.map((error) => error.message);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const password = document.getElementById("new").value;
  if (password !== document.getElementById("again").value) {
    show("The two passwords differ.", "refused");
    return;
  }
  const send = document.getElementById("send");
  send.disabled = true;
  try {
    const refusals = await setPassword(password);
    if (refusals.length > 0) {
      show(refusals.join(" "), "refused");
      return;
    }
    form.hidden = true;
    show("Your password is set. You can sign in with it now.", "done");
  } catch {
    show("The server does not answer. Try again in a moment.", "refused");
  } finally {
    send.disabled = false;
  }
});
