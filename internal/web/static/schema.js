// JSON Schema, as OpenAPI 3.1 uses it: resolved, described and exemplified.
import { el } from "./dom.js";

const DEEPEST = 6;

// resolve follows a $ref inside the document; one that leads nowhere is an empty schema.
export function resolve(root, node) {
  for (let hops = 0; node && typeof node.$ref === "string" && hops < 20; hops++) {
    const path = node.$ref.startsWith("#/") ? node.$ref.slice(2).split("/") : [];
    node = path.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce((at, part) => at?.[part], root);
  }
  return node && typeof node === "object" && !node.$ref ? node : {};
}

// typeName answers a short name: `string`, `array of Passage`, `integer or null`.
export function typeName(root, node) {
  if (typeof node?.$ref === "string") return node.$ref.split("/").pop();
  const schema = resolve(root, node);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  const options = schema.oneOf ?? schema.anyOf;
  if (options) return options.map((option) => typeName(root, option)).join(" or ");
  const types = [schema.type ?? "any"].flat();
  return types.map((type) => (type === "array" ? `array of ${typeName(root, schema.items)}` : type))
    .join(" or ") + formatOf(schema);
}

// Widths of numbers say nothing in JSON.
const formatOf = ({ format }) => (!format || /^(int|float|double)/.test(format) ? ""
  : ` (${format})`);

// properties answers a list of an object's fields, fields within fields included.
export function properties(root, node, seen = []) {
  const schema = resolve(root, node);
  const options = schema.oneOf ?? schema.anyOf;
  if (seen.includes(schema) || seen.length >= DEEPEST) return null;
  const trail = [...seen, schema];
  if (options) return firstOf(options.map((option) => properties(root, option, trail)));
  if (schema.items) return properties(root, schema.items, trail);
  const fields = Object.entries(schema.properties ?? {}).filter(([name]) => name !== "$schema");
  if (fields.length === 0) return null;
  return el("dl", { class: "fields" }, ...fields.map(([name, field]) => el("div", {},
    el("dt", {}, el("code", {}, name), " ",
      el("span", { class: "type" }, typeName(root, field)),
      schema.required?.includes(name) ? el("span", { class: "required" }, " required") : null),
    el("dd", {}, describe(root, field), properties(root, field, trail)))));
}

const firstOf = (nodes) => nodes.find(Boolean) ?? null;

// describe answers a schema's description and its limits as a paragraph, if it has any.
export function describe(root, node) {
  const schema = { ...resolve(root, node), ...node };
  const limits = [
    ["minLength", "at least $ characters"], ["maxLength", "at most $ characters"],
    ["minimum", "at least $"], ["maximum", "at most $"],
    ["minItems", "at least $ items"], ["maxItems", "at most $ items"],
    ["pattern", "matches $"], ["default", "default $"],
  ].filter(([key]) => schema[key] !== undefined)
    .map(([key, words]) => words.replace("$", () => plain(schema[key])));
  const text = [schema.description, limits.length > 0 ? `(${limits.join(", ")})` : ""]
    .filter(Boolean).join(" ");
  return text ? el("p", {}, text) : null;
}

const plain = (value) => (typeof value === "string" ? value : JSON.stringify(value));

// example answers a value of the schema: the author's own where there is one.
export function example(root, node, seen = []) {
  const schema = { ...resolve(root, node), ...node };
  const own = schema.example ?? schema.examples?.[0] ?? schema.default ?? schema.enum?.[0];
  if (own !== undefined) return own;
  const options = schema.oneOf ?? schema.anyOf;
  if (options) return example(root, options[0], seen);
  switch ([schema.type].flat()[0]) {
    case "object": return exampleObject(root, node, schema, seen);
    case "array": return schema.items && seen.length < DEEPEST
      ? [example(root, schema.items, [...seen, null])] : [];
    case "integer":
    case "number": return schema.minimum ?? 0;
    case "boolean": return false;
    case "string": return exampleText(schema);
    default: return null;
  }
}

function exampleObject(root, node, schema, seen) {
  const self = resolve(root, node);
  if (seen.includes(self) || seen.length >= DEEPEST) return {};
  const fields = Object.entries(schema.properties ?? {})
    .filter(([name, field]) => name !== "$schema" && !resolve(root, field).readOnly);
  return Object.fromEntries(fields.map(
    ([name, field]) => [name, example(root, field, [...seen, self])]));
}

const exampleText = ({ format }) => ({ email: "ada@example.org", uri: "https://example.org/",
  "date-time": "2026-01-31T12:00:00Z", uuid: "00000000-0000-7000-8000-000000000000" })[format]
  ?? "string";
