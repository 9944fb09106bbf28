// The documentation of the API, made from the OpenAPI document of this server.
import { byId, el } from "./dom.js";
import { render } from "./markdown.js";
import { describe, example, properties, resolve, typeName } from "./schema.js";

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];
const base = new URL("../", document.baseURI);

async function start() {
  let root;
  try {
    const response = await fetch(new URL("openapi.json", base), { credentials: "same-origin" });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    root = await response.json();
  } catch (error) {
    byId("operations").replaceChildren(el("p", { class: "card" },
      `openapi.json cannot be read: ${error.message}. Reload the page.`));
    return;
  }
  const groups = grouped(root);
  byId("title").textContent = [root.info?.title ?? "Lectern", root.info?.version, "API"]
    .filter(Boolean).join(" ");
  byId("contents").replaceChildren(...groups.map(contentsOf));
  byId("operations").replaceChildren(
    el("div", { class: "prose intro" }, render(root.info?.description ?? "")),
    ...authentication(root), ...groups.map((group) => section(root, group)));
  reveal();
  window.addEventListener("hashchange", reveal);
}

// grouped answers [{name, description, operations}] in the order of the tags.
function grouped(root) {
  const groups = new Map((root.tags ?? []).map((tag) => [tag.name, { ...tag, operations: [] }]));
  for (const [path, item] of Object.entries(root.paths ?? {})) {
    for (const method of METHODS.filter((name) => item[name])) {
      const details = item[method];
      const name = details.tags?.[0] ?? "Other";
      if (!groups.has(name)) groups.set(name, { name, operations: [] });
      groups.get(name).operations.push({ path, method, details,
        id: details.operationId ?? `${method}-${path.replace(/\W+/g, "-")}`,
        parameters: [...(item.parameters ?? []), ...(details.parameters ?? [])] });
    }
  }
  return [...groups.values()].filter(({ operations }) => operations.length > 0);
}

function contentsOf({ name, operations }) {
  return el("div", {}, el("p", {}, name), el("ul", {}, ...operations.map(
    ({ id, path, details }) => el("li", {},
      el("a", { href: `#${id}` }, details.summary ?? path)))));
}

function authentication(root) {
  const schemes = Object.entries(root.components?.securitySchemes ?? {});
  if (schemes.length === 0) return [];
  return [el("section", { "aria-labelledby": "authentication" },
    el("h2", { id: "authentication" }, "Authentication"),
    el("dl", { class: "fields" }, ...schemes.map(([name, scheme]) => el("div", {},
      el("dt", {}, el("code", {}, name), " ",
        el("span", { class: "type" }, [scheme.type, scheme.scheme].filter(Boolean).join(" "))),
      el("dd", {}, scheme.description ? el("p", {}, scheme.description) : null)))))];
}

function section(root, { name, description, operations }) {
  return el("section", {}, el("h2", {}, name),
    description ? el("p", { class: "note" }, description) : null,
    ...operations.map((operation) => operationCard(root, operation)));
}

function operationCard(root, operation) {
  const { id, path, method, details } = operation;
  const body = bodyOf(root, details);
  return el("details", { class: "card operation", id },
    el("summary", {},
      el("h3", {}, el("span", { class: `method ${method}` }, method.toUpperCase()), " ",
        el("code", {}, ...breakable(path))),
      el("span", { class: "summary" }, details.summary ?? "")),
    el("div", { class: "operation-body" },
      details.description ? el("div", { class: "prose" }, render(details.description)) : null,
      parameterList(root, operation),
      ...(body ? part("Request body", el("p", { class: "note" }, body.type),
        properties(root, body.schema)) : []),
      ...part("Example", code(curl(root, operation, body))),
      ...part("Responses", ...responses(root, details))));
}

// breakable lets a long path wrap at its slashes.
const breakable = (path) => path.split(/(?=\/)/).flatMap((piece) => [el("wbr"), piece]);

const code = (text) => el("pre", { tabindex: "0" }, el("code", {}, text));

const part = (title, ...nodes) => [el("h4", {}, title), ...nodes];

function parameterList(root, { parameters }) {
  if (parameters.length === 0) return null;
  return el("div", {}, ...part("Parameters", el("dl", { class: "fields" },
    ...parameters.map((reference) => {
      const parameter = resolve(root, reference);
      return el("div", {}, el("dt", {}, el("code", {}, parameter.name), " ",
        el("span", { class: "type" }, `${typeName(root, parameter.schema)} in ${parameter.in}`),
        parameter.required ? el("span", { class: "required" }, " required") : null),
      el("dd", {}, describe(root, { ...parameter.schema,
        description: parameter.description ?? parameter.schema?.description })));
    }))));
}

function bodyOf(root, details) {
  const content = resolve(root, details.requestBody).content ?? {};
  const [type, media] = Object.entries(content)[0] ?? [];
  if (!type) return null;
  const given = media.example ?? Object.values(media.examples ?? {})[0]?.value;
  return { type, schema: media.schema, value: given ?? example(root, media.schema) };
}

function curl(root, { path, method, details }, body) {
  const url = new URL(path.replace(/^\//, ""), base).href;
  const words = [`curl -X ${method.toUpperCase()} ${quoted(url.replaceAll("%7B", "{")
    .replaceAll("%7D", "}"))}`];
  const security = details.security ?? root.security ?? [];
  if (security.length > 0) words.push('-H "Authorization: Bearer $LECTERN_KEY"');
  if (body) {
    words.push(`-H ${quoted(`Content-Type: ${body.type}`)}`, `-d ${quoted(encoded(body))}`);
  }
  return words.join(" \\\n  ");
}

function encoded({ type, value }) {
  if (/x-www-form-urlencoded/.test(type)) return new URLSearchParams(value ?? {}).toString();
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

const quoted = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;

// responses shows what each success looks like; problems all look alike, so they are named
// in one line.
function responses(root, details) {
  const all = Object.entries(details.responses ?? {})
    .map(([status, reference]) => [status, resolve(root, reference)]);
  const isProblem = ([, { content }]) => Boolean(content?.["application/problem+json"]);
  const problems = all.filter(isProblem)
    .map(([status, { description }]) => `${status} ${description}`);
  return [...all.filter((entry) => !isProblem(entry)).map((entry) => success(root, entry)),
    problems.length > 0 ? el("p", { class: "response" }, el("span", { class: "type" },
      `Problems (application/problem+json): ${problems.join(", ")}`)) : null];
}

function success(root, [status, response]) {
  const media = Object.entries(response.content ?? {});
  const fields = media.map(([, { schema }]) => properties(root, schema)).find(Boolean);
  const texts = media.filter(([, { example: text }]) => typeof text === "string")
    .flatMap(([type, { example: text }]) => part(type, code(text.trimEnd())));
  const shown = [fields, ...texts].filter(Boolean);
  const head = [el("code", {}, status), ` ${response.description ?? ""} `,
    el("span", { class: "type" }, media.map(([type]) => type).join(", "))];
  if (shown.length === 0) return el("p", { class: "response" }, ...head);
  return el("details", { class: "response" }, el("summary", {}, ...head), ...shown);
}

// reveal opens the operation that the address names.
function reveal() {
  const target = byId(decodeURIComponent(location.hash.slice(1)));
  if (target?.localName !== "details") return;
  target.open = true;
  target.scrollIntoView();
  target.querySelector("summary").focus({ preventScroll: true });
}

start();
