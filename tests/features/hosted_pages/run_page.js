"use strict";

// Runs a page's script against a document of the few things that it uses, and against the real
// server. Reads what to do from standard input, and prints what came of it.

const fs = require("node:fs");
const vm = require("node:vm");

const given = JSON.parse(fs.readFileSync(0, "utf8"));
const page = new URL(given.url);
const requests = [];
let address = page.href;
let onSubmit;

function element(attributes = {}) {
  const dataset = {};
  for (const [name, value] of Object.entries(attributes)) {
    const key = name.startsWith("data-") && name.slice(5).replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    if (key) dataset[key] = value;
  }
  const held = { ...attributes };
  return {
    id: attributes.id || "",
    name: attributes.name || "",
    value: given.typed[attributes.id] || "",
    dataset,
    disabled: false,
    children: [],
    textContent: "",
    setAttribute: (name, value) => (held[name] = value),
    removeAttribute: (name) => delete held[name],
    getAttribute: (name) => held[name],
    replaceChildren(...children) {
      this.children = children;
    },
    focus() {
      focused = this.id;
    },
  };
}

let focused = null;
let form = null;
const controls = given.controls.map(({ attributes }) => element(attributes));
const others = Object.fromEntries(given.ids.map((id) => [id, element({ id })]));
for (const control of controls) others[control.id] = control;
if (given.form) {
  const elements = [...controls];
  for (const control of controls) {
    for (const key of [control.id, control.name]) if (key) elements[key] = control;
  }
  form = element(given.form);
  form.elements = elements;
  form.querySelector = () => controls.at(-1);
  form.addEventListener = (_, listener) => (onSubmit = listener);
  form.remove = () => (form.isRemoved = true);
}

const context = vm.createContext({
  URLSearchParams,
  location: page,
  history: { replaceState: (_state, _title, to) => (address = new URL(to, page).href) },
  document: {
    querySelector: () => form,
    getElementById: (id) => others[id] || null,
    createElement: () => element(),
  },
  fetch: async (route, options) => {
    const url = new URL(route, address).href;
    requests.push({ url, credentials: options.credentials, redirect: options.redirect });
    return fetch(url, options);
  },
});

async function main() {
  vm.runInContext(fs.readFileSync(given.script, "utf8"), context);
  if (onSubmit) {
    let prevented = false;
    onSubmit({ preventDefault: () => (prevented = true) });
    if (!prevented) throw new Error("The browser would have sent the form.");
    while (controls.at(-1).disabled) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const told = (others.outcome ? others.outcome.children : []).map((each) => each.textContent);
  const wrong = controls.filter((each) => each.getAttribute("aria-invalid")).map((each) => each.id);
  const code = others.code ? others.code.value : null;
  const isDone = Boolean(form && form.isRemoved);
  console.log(JSON.stringify({ address, requests, told, wrong, focused, code, isDone }));
}

main();
