import { parseArgs } from "node:util";
import type { Selection } from "./local-stack.js";

export interface Flags {
  readonly selection: Selection;
  readonly skipPreview: boolean;
  readonly json: boolean;
}

const usage = `
  --with A,B       build these images too, with what they stand on: those on demand, and those whose runner is not here
  --only A,B       build only these images, and what they stand on
  --skip-preview   build at once, without the preview in which policies see everything first (up only)
  --json           print the result as JSON on standard output`;

/** The flags of `npm run up` and `npm run preview`. Exits with 2 for others. */
export function parseFlags(args: readonly string[]): Flags {
  const options = {
    with: { type: "string", multiple: true },
    only: { type: "string", multiple: true },
    "skip-preview": { type: "boolean" },
    json: { type: "boolean" },
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    return {
      selection: {
        ...(values.with === undefined ? {} : { with: listOf(values.with) }),
        ...(values.only === undefined ? {} : { only: listOf(values.only) }),
      },
      skipPreview: values["skip-preview"] ?? false,
      json: values.json ?? false,
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage.slice(1)}`);
    process.exit(2);
  }
}

function listOf(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => value.split(",")).filter(Boolean);
}
