import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../../../tools/project.js";

/** A type as the SDK's declarations write it, without what the wire does not carry (`pulumi.Input`). */
export type SdkType =
  | { readonly kind: "string" | "number" | "boolean" | "any" }
  | { readonly kind: "literal"; readonly value: string }
  | { readonly kind: "array" | "map"; readonly of: SdkType }
  | { readonly kind: "union"; readonly of: readonly SdkType[] }
  /** An interface of `types/input.d.ts`, e.g. `ecr.RepositoryEncryptionConfiguration`. */
  | { readonly kind: "object"; readonly name: string };

export interface SdkProperty {
  readonly required: boolean;
  readonly type: SdkType;
}

export type SdkInterface = ReadonlyMap<string, SdkProperty>;

export interface SdkResource {
  readonly inputs: SdkInterface;
  readonly outputs: SdkInterface;
}

/**
 * What a provider's own TypeScript SDK says of its resources, read from its declarations: they are generated from the
 * provider's schema, and the schema itself is not in the package.
 */
export class SdkTypes {
  private readonly folder: string;
  private nested: ReadonlyMap<string, string> | undefined;
  private readonly interfaces = new Map<string, SdkInterface | undefined>();

  /** @param sdk `aws`, `kubernetes`, `github` */
  constructor(readonly sdk: string) {
    this.folder = path.join(projectRoot, "node_modules/@pulumi", sdk);
  }

  /** @param token e.g. `aws:ecr/repository:Repository`; undefined for what the SDK does not know */
  resource(token: string): SdkResource | undefined {
    const [, module = "", name = ""] = token.split(":");
    // Kubernetes names the group's version (core/v1), the others the file (ecr/repository).
    const folder = this.sdk === "kubernetes" ? `${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}` : module;
    const text = this.read(`${folder.replace(/^index\//, "")}.d.ts`);
    if (text === undefined) return undefined;
    const declared = new RegExp(`declare class ${name} extends [\\s\\S]*?\\n}`).exec(text)?.[0];
    const args = new RegExp(`export interface ${name}Args {([\\s\\S]*?)\\n}`).exec(text)?.[1];
    if (declared === undefined || args === undefined) return undefined;
    const outputs = [...declared.matchAll(/^ {4}readonly \w+: pulumi\.Output<[\s\S]*?>;$/gm)].map(([line]) => line);
    return { inputs: parseInterface(args), outputs: parseInterface(outputs.join("\n")) };
  }

  /** What the provider itself can be told. */
  get configuration(): SdkInterface {
    const args = /export interface ProviderArgs {([\s\S]*?)\n}/.exec(this.read("provider.d.ts") ?? "")?.[1];
    if (args === undefined) throw new Error(`@pulumi/${this.sdk} declares no provider`);
    return parseInterface(args);
  }

  /** @param name of a nested type, as `SdkType` has it */
  interface(name: string): SdkInterface | undefined {
    if (!this.interfaces.has(name)) {
      this.nested ??= indexNested(this.read("types/input.d.ts") ?? "");
      const body = this.nested.get(name);
      this.interfaces.set(name, body === undefined ? undefined : parseInterface(body));
    }
    return this.interfaces.get(name);
  }

  private read(file: string): string | undefined {
    const full = path.join(this.folder, file);
    return existsSync(full) ? readFileSync(full, "utf8") : undefined;
  }
}

/** The bodies of all interfaces, by the name that `inputs.` has before it. Generated text: the indentation is the nesting. */
function indexNested(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const namespaces: string[] = [];
  let open: { readonly name: string; readonly depth: number; readonly lines: string[] } | undefined;
  for (const line of text.split("\n")) {
    if (open !== undefined) {
      if (line === `${"    ".repeat(open.depth)}}`) {
        found.set(open.name, open.lines.join("\n"));
        open = undefined;
      } else open.lines.push(line);
      continue;
    }
    const match = /^( *)(?:export )?(?:declare )?(namespace|interface) (\w+)(?: extends [^{]*)? {$/.exec(line);
    if (match === null) continue;
    const [, indent = "", what, name = ""] = match;
    const depth = indent.length / 4;
    namespaces.length = depth;
    if (what === "namespace") namespaces.push(name);
    else open = { name: [...namespaces, name].join("."), depth, lines: [] };
  }
  return found;
}

function parseInterface(body: string): SdkInterface {
  const tokens = new Tokens(body);
  const properties = new Map<string, SdkProperty>();
  while (!tokens.done) {
    if (tokens.take("readonly")) continue;
    const name = unquoted(tokens.next());
    const optional = tokens.take("?");
    tokens.expect(":");
    const { type, undefinable } = parseType(tokens);
    tokens.expect(";");
    properties.set(name, { required: !optional && !undefinable, type });
  }
  return properties;
}

interface Parsed {
  readonly type: SdkType;
  readonly undefinable: boolean;
}

function parseType(tokens: Tokens): Parsed {
  const members = [parsePostfix(tokens)];
  while (tokens.take("|")) members.push(parsePostfix(tokens));
  const undefinable = members.some((member) => member === "undefined" || member.undefinable);
  const types = members.flatMap((member) => (member === "undefined" ? [] : [member.type]));
  const [only] = types;
  return { type: types.length === 1 && only !== undefined ? only : { kind: "union", of: types }, undefinable };
}

function parsePostfix(tokens: Tokens): Parsed | "undefined" {
  let parsed = parsePrimary(tokens);
  while (tokens.take("[")) {
    tokens.expect("]");
    if (parsed === "undefined") throw new Error("a list of nothing");
    parsed = { type: { kind: "array", of: parsed.type }, undefinable: false };
  }
  return parsed;
}

function parsePrimary(tokens: Tokens): Parsed | "undefined" {
  const plain = (type: SdkType): Parsed => ({ type, undefinable: false });
  if (tokens.take("(")) {
    const parsed = parseType(tokens);
    tokens.expect(")");
    return parsed;
  }
  if (tokens.take("{")) return plain(parseMap(tokens));
  const word = tokens.next();
  if (word.startsWith('"')) return plain({ kind: "literal", value: unquoted(word) });
  if (word === "undefined") return "undefined";
  if (word === "string" || word === "number" || word === "boolean" || word === "any") return plain({ kind: word });
  if (word === "pulumi.Input" || word === "pulumi.Output") {
    tokens.expect("<");
    const inner = parseType(tokens);
    tokens.expect(">");
    return inner;
  }
  const nested = /^(?:inputs|outputs)\.(.+)$/.exec(word)?.[1];
  if (nested !== undefined) return plain({ kind: "object", name: nested });
  // Enumerations and names are text on the wire, assets and other resources have forms of their own.
  return plain({ kind: word === "ARN" || word.startsWith("enums.") ? "string" : "any" });
}

/** `{ [key: string]: T; }`; anything else between braces is taken as it comes. */
function parseMap(tokens: Tokens): SdkType {
  tokens.expect("[");
  for (const part of ["key", ":", "string", "]", ":"]) tokens.expect(part);
  const { type } = parseType(tokens);
  tokens.take(";");
  tokens.expect("}");
  return { kind: "map", of: type };
}

function unquoted(word: string): string {
  return word.startsWith('"') ? (JSON.parse(word) as string) : word;
}

class Tokens {
  private readonly list: readonly string[];
  private at = 0;

  constructor(text: string) {
    const withoutComments = text.replace(/\/\*[\s\S]*?\*\//g, "");
    this.list = withoutComments.match(/"[^"]*"|[\w$.]+|[^\s\w]/g) ?? [];
  }

  get done(): boolean {
    return this.at >= this.list.length;
  }

  next(): string {
    return this.list[this.at++] ?? "";
  }

  take(token: string): boolean {
    if (this.list[this.at] !== token) return false;
    this.at += 1;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) {
      const near = this.list.slice(Math.max(0, this.at - 8), this.at + 4).join(" ");
      throw new Error(`the SDK's declarations are not understood: "${token}" expected near: ${near}`);
    }
  }
}
