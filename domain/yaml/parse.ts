import { constructFromEvents, EVENT_ID, type Event, parseEvents, YAMLException } from "js-yaml";
import type { Checked, Problem } from "../problems.js";
import type { YamlDocument } from "./document.js";
import { walkEvents } from "./walk.js";

/**
 * Reads one YAML document as plain data with the line of every node.
 *
 * What makes the data ambiguous is a problem: duplicate keys, several documents, anchors and aliases, tags, and keys
 * that YAML reads as another value than what is written. The value is `undefined` where the text cannot be understood.
 */
export function parseYaml(file: string, text: string): Checked<YamlDocument | undefined> {
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  let events: Event[];
  try {
    events = parseEvents(source, {});
  } catch (error) {
    return { value: undefined, problems: [syntaxProblem(file, error)] };
  }
  const { root, problems, ambiguous } = walkEvents(file, source, events);
  if (ambiguous) return { value: undefined, problems };
  if (!events.some((event) => event.type === EVENT_ID.DOCUMENT)) return { value: { file, value: undefined }, problems };
  try {
    // `json` lets the last of two equal keys win instead of throwing: the walk has reported both.
    const [value] = constructFromEvents(events, { source, json: true });
    return { value: { file, value: value ?? undefined, ...(root === undefined ? {} : { root }) }, problems };
  } catch (error) {
    return { value: undefined, problems: [...problems, syntaxProblem(file, error)] };
  }
}

function syntaxProblem(file: string, error: unknown): Problem {
  if (!(error instanceof YAMLException)) throw error;
  const { reason, mark } = error;
  const place = mark === undefined ? { file } : { file, line: mark.line + 1 };
  const column = mark === undefined ? "" : ` at column ${mark.column + 1}`;
  const remedy = reason.includes("tab characters")
    ? "Indent with spaces."
    : "Correct the line, or the end of the one before. A value with `: `, ` #` or a special first character needs quotes.";
  return { place, message: `this is not YAML${column}: ${reason}.`, remedy };
}
