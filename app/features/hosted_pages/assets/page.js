"use strict";

// The page's one form: its fields and the link's token are sent to the API as JSON, once somebody
// asks for it, and the answer is shown. Nothing is kept, and nothing goes to another host.

const token = new URLSearchParams(location.search).get("token");
history.replaceState(null, "", location.pathname);

const form = document.querySelector("form");
const code = document.getElementById("code");

if (code) code.value = token;
if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
}

async function send() {
  const button = form.querySelector("button");
  if (button.disabled || !passwordsAreTheSame()) return;
  button.disabled = true;
  try {
    const answer = await post(form.dataset.route, body());
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) await finish(told);
    else refuse(answer.status, told);
  } catch {
    tell(["The server could not be reached. Please try again."]);
  } finally {
    button.disabled = false;
  }
}

function passwordsAreTheSame() {
  for (const field of form.elements) {
    const first = form.elements[field.dataset.repeats];
    mark(field, Boolean(first) && first.value !== field.value);
    if (!first || first.value === field.value) continue;
    tell(["The two passwords are not the same."]);
    return false;
  }
  return true;
}

function body() {
  const values = form.dataset.tokenAs ? { [form.dataset.tokenAs]: token } : {};
  for (const field of form.elements) {
    if (field.name && field.value) values[field.name] = field.value;
  }
  return JSON.stringify(values);
}

function post(route, content, accessToken) {
  const headers = { "Content-Type": "application/json" };
  if (accessToken) headers.Authorization = `Bearer ${accessToken}`;
  return fetch(route, {
    method: "POST",
    headers,
    body: content,
    credentials: "omit",
    redirect: "error",
    referrerPolicy: "no-referrer",
  });
}

async function finish(told) {
  // Nobody could use the session that has begun.
  if (form.dataset.ends && told.access_token) {
    await post(form.dataset.ends, undefined, told.access_token).catch(() => undefined);
  }
  tell([form.dataset.done]);
  form.remove();
}

function refuse(status, problem) {
  // Alike for a token that is no good and a project that is not there.
  if (form.dataset.tokenAs && (status === 401 || status === 404)) {
    tell(["This link is not good, or not any more: it works once, and not for long. Ask for a new one."]);
    return;
  }
  const faults = problem.errors || [];
  for (const fault of faults) mark(form.elements[fault.pointer.slice(1)], true);
  tell([problem.detail || "That did not work. Please try again.", ...faults.map((fault) => fault.message), problem.hint]);
}

function mark(field, isWrong) {
  if (!field) return;
  if (isWrong) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

function tell(lines) {
  const outcome = document.getElementById("outcome");
  const shown = [...new Set(lines.filter(Boolean))].map((line) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    return paragraph;
  });
  outcome.replaceChildren(...shown);
  outcome.focus();
}
