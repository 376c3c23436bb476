import { z } from "zod";
import type { Checked, Problem } from "../problems.js";

const component = z.looseObject({
  "@id": z.string().optional(),
  identifiers: z.record(z.string(), z.string()).optional(),
});
const product = component.extend({ subcomponents: z.array(component).optional() });
const statement = z.looseObject({
  vulnerability: z.looseObject({ name: z.string(), aliases: z.array(z.string()).optional() }),
  products: z.array(product).optional(),
  status: z.enum(["not_affected", "affected", "fixed", "under_investigation"]),
  justification: z
    .enum([
      "component_not_present",
      "vulnerable_code_not_present",
      "vulnerable_code_not_in_execute_path",
      "vulnerable_code_cannot_be_controlled_by_adversary",
      "inline_mitigations_already_exist",
    ])
    .optional(),
  impact_statement: z.string().optional(),
});
const vexDocument = z.looseObject({
  "@context": z.string().startsWith("https://openvex.dev/ns"),
  author: z.string(),
  statements: z.array(statement),
});

/** A statement on a vulnerability (https://github.com/openvex/spec, 0.2.0). */
export interface VexStatement {
  /** The vulnerability's name and aliases. */
  readonly ids: readonly string[];
  /** package URLs of products and their subcomponents; empty for all. */
  readonly products: readonly VexProduct[];
  readonly status: z.output<typeof statement>["status"];
  /** Why it is not affected. */
  readonly justification?: string;
  readonly author: string;
  /** The document, relative to the root. */
  readonly file: string;
  /** The image variants in whose folder the document lies; absent for all. */
  readonly images?: readonly string[];
}

export interface VexProduct {
  readonly purl: string;
  readonly subcomponents: readonly string[];
}

/** Reads an OpenVEX document. `images` are the variants in whose folder it lies. */
export function parseVex(file: string, content: string, images?: readonly string[]): Checked<readonly VexStatement[]> {
  const problem = (message: string): Problem => ({
    place: { file },
    message,
    remedy: "Make it with vexctl, or correct it after https://github.com/openvex/spec.",
  });
  let data: unknown;
  try {
    data = JSON.parse(content);
  } catch (error) {
    return { value: [], problems: [problem(`this is not JSON: ${error instanceof Error ? error.message : error}.`)] };
  }
  const parsed = vexDocument.safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const message = `this is no OpenVEX document: ${issue?.path.join(".") || "the file"}: ${issue?.message}.`;
    return { value: [], problems: [problem(message)] };
  }
  const { author, statements } = parsed.data;
  const problems: Problem[] = [];
  const value: VexStatement[] = [];
  for (const { vulnerability, products = [], status, justification, impact_statement } of statements) {
    const why = justification ?? impact_statement;
    if (status === "not_affected" && why === undefined) {
      problems.push(problem(`${vulnerability.name} is not_affected without justification or impact_statement.`));
      continue;
    }
    value.push({
      ids: [vulnerability.name, ...(vulnerability.aliases ?? [])],
      products: products.flatMap((it) => {
        const purl = purlOf(it);
        const subcomponents = (it.subcomponents ?? []).flatMap((part) => purlOf(part) ?? []);
        return purl === undefined ? [] : [{ purl, subcomponents }];
      }),
      status,
      ...(why === undefined ? {} : { justification: why }),
      author,
      file,
      ...(images === undefined ? {} : { images }),
    });
  }
  return { value, problems };
}

function purlOf(it: z.output<typeof component>): string | undefined {
  return it.identifiers?.purl ?? it["@id"];
}

/**
 * Whether a statement may excuse anything of an image that holds these packages, whatever will be found in them.
 *
 * @param packages `purlName` of all that is in the image, itself included
 */
export function mayExcuse({ products }: VexStatement, packages: ReadonlySet<string>): boolean {
  return products.length === 0 || products.some(({ purl }) => packages.has(purlName(purl)));
}

/** A package URL without version and qualifiers: `pkg:deb/debian/libc6`. */
export function purlName(purl: string): string {
  const [base = ""] = purl.split("?");
  return splitVersion(base)[0].toLowerCase();
}

/**
 * Whether a package URL is one that a statement names: type, namespace and name equal, and version and qualifiers where
 * the statement has them.
 */
export function purlMatches(stated: string, found: string): boolean {
  const [statedBase = "", statedQualifiers = ""] = stated.split("?");
  const [foundBase = "", foundQualifiers = ""] = found.split("?");
  const [statedName = "", statedVersion] = splitVersion(statedBase);
  const [foundName = "", foundVersion] = splitVersion(foundBase);
  if (statedName !== foundName) return false;
  if (statedVersion !== undefined && statedVersion !== foundVersion) return false;
  const known = new Set(foundQualifiers.split("&"));
  return statedQualifiers.split("&").every((it) => it === "" || known.has(it));
}

/** `@` of a scope is written `%40`: the last one stands before the version. */
function splitVersion(base: string): readonly [name: string, version?: string] {
  const at = base.lastIndexOf("@");
  return at < 0 ? [base] : [base.slice(0, at), decodeURIComponent(base.slice(at + 1))];
}
