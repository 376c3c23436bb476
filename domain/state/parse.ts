import type { Checked, Problem } from "../problems.js";
import { checkWith } from "../yaml/check.js";
import { placeOf, type YamlDocument } from "../yaml/document.js";
import { parseYaml } from "../yaml/parse.js";
import { stateFileName } from "./file-name.js";
import { migrate } from "./migrate.js";
import { stateSchema } from "./schema.js";
import { type ImageState, STATE_SCHEMA } from "./types.js";

const RESTORE = "Restore the file from git, or correct it by hand: it holds history that nothing else does.";

/**
 * Reads a state file. One of an older schema version is brought up to date, and written so when its image next changes. A
 * damaged file, or one of a newer version, gives problems and no value: it is for a person to repair and never replaced.
 */
export function parseState(file: string, text: string): Checked<ImageState | undefined> {
  const { value: read, problems } = parseYaml(file, text);
  if (read === undefined || problems.length > 0) {
    return { value: undefined, problems: problems.map((problem) => ({ ...problem, remedy: RESTORE })) };
  }
  const document = { ...read, value: migrate(read.value) };
  const version = versionOf(document);
  if (version !== STATE_SCHEMA) {
    return { value: undefined, problems: [versionProblem(document, version)] };
  }
  const { value: state, problems: mistakes } = checkWith(stateSchema, document);
  if (state === undefined) {
    const found = mistakes.map((problem) => ({ ...problem, remedy: `${problem.remedy} ${RESTORE}` }));
    return { value: undefined, problems: found };
  }
  const inconsistent = consistencyProblems(document, state);
  return { value: inconsistent.length === 0 ? state : undefined, problems: inconsistent };
}

function versionOf({ value }: YamlDocument): unknown {
  return typeof value === "object" && value !== null && "schema" in value ? value.schema : undefined;
}

function versionProblem(document: YamlDocument, version: unknown): Problem {
  const place = placeOf(document, ["schema"]);
  if (version === undefined)
    return { place, message: "this is not a state file: it has no schema version.", remedy: RESTORE };
  const message = `state schema ${JSON.stringify(version)} is not known; this program reads ${STATE_SCHEMA}.`;
  const remedy =
    typeof version === "number" && version > STATE_SCHEMA ? "A newer program wrote it: update this checkout." : RESTORE;
  return { place, message, remedy };
}

/** What a schema cannot say: the file is the image's own, and what is adopted has been seen. */
function consistencyProblems(document: YamlDocument, state: ImageState): readonly Problem[] {
  const problems: Problem[] = [];
  const refuse = (path: readonly PropertyKey[], message: string) =>
    problems.push({ place: placeOf(document, path), message, remedy: RESTORE });
  const expected = stateFileName(state.image);
  if (!`/${document.file}`.endsWith(`/${expected}`)) {
    refuse(["image"], `the file holds the state of "${state.image}", whose file is ${expected}.`);
  }
  const seen = new Set<string>();
  for (const [index, { digest }] of state.ledger.entries()) {
    if (seen.has(digest)) refuse(["ledger", index], `digest ${digest} stands in the ledger twice.`);
    seen.add(digest);
  }
  if (state.adopted !== undefined && !seen.has(state.adopted.digest)) {
    refuse(["adopted", "digest"], `the adopted digest ${state.adopted.digest} is not in the ledger.`);
  }
  return problems;
}
