import assert from "node:assert/strict";
import fc from "fast-check";
import { parseWithAst } from "../../bench/ast-references.js";
import { parseDockerfile } from "../../domain/dockerfile/parse.js";
import type { Dockerfile } from "../../domain/dockerfile/types.js";
import { generateFleet } from "../support/dockerfile-fleet.js";

function summary({ references }: Dockerfile): readonly string[] {
  return references.map(({ place, instruction, written, resolution }) =>
    [place.line, instruction, written, JSON.stringify(resolution)].join(" "),
  );
}

/** Lines that dockerfile-ast reads as BuildKit does. */
const plainLines = fc.constantFrom(
  "FROM debian:13 AS a",
  "FROM a",
  `from --platform=linux/amd64 ghcr.io/x/y@sha256:${"0".repeat(64)}`,
  "COPY --from=0 /a /b",
  "COPY --chown=1:1 --from=busybox:1 a b c",
  "COPY . .",
  "RUN --mount=type=bind,from=tools,target=/t --mount=type=cache,target=/c make \\\n  # why\n\n  all",
  "RUN <<EOF\nFROM no\nEOF",
  "ENV A=b \\\n  C=d",
  "# FROM comment",
  "",
  "LABEL a=b",
  'CMD ["a", "b"]',
);

describe("dockerfile-ast and we", () => {
  it("find the same references in a generated fleet", () => {
    const { texts } = generateFleet(300);
    for (const [name, text] of texts) {
      assert.deepEqual(summary(parseDockerfile(text, name).value), summary(parseWithAst(text, name)));
    }
  });

  it("find the same references in any mixture of plain lines", () => {
    fc.assert(
      fc.property(fc.array(plainLines, { maxLength: 12 }), fc.constantFrom("\n", "\r\n"), (lines, newline) => {
        // A stage in front, so that number 0 is an earlier stage everywhere below the second FROM.
        const text = ["FROM scratch", "FROM x", ...lines].join("\n").replaceAll("\n", newline);
        assert.deepEqual(summary(parseDockerfile(text, "f").value), summary(parseWithAst(text, "f")));
      }),
    );
  });

  /** Why the program does not read with it: what BuildKit sees (held by `buildkit-parser`) and what it sees. */
  const rows: readonly (readonly [name: string, text: string, ours: readonly string[], theirs: readonly string[]])[] = [
    ["loses a stage behind a doubled backslash", "FROM x\nRUN a \\\\\nFROM y", ["x", "y"], ["x"]],
    ['takes the text of <<"A B" for instructions', 'FROM x\nRUN cat <<"A B"\nFROM no\nA B\n', ["x"], ["x", "no"]],
    ["takes the text of 3<<EOF for instructions", "FROM x\nRUN 3<<EOF cat\nFROM no\nEOF\n", ["x"], ["x", "no"]],
    ["loses a stage behind a quoted <<", "FROM x\nRUN echo 'a <<EOF'\nFROM y\n", ["x", "y"], ["x"]],
    ["keeps the quotes of a flag", 'FROM x\nCOPY --from="busybox" a b', ["x", "busybox"], ["x", '"busybox"']],
  ];
  for (const [name, text, ours, theirs] of rows) {
    it(`differ: it ${name}`, () => {
      const written = ({ references }: Dockerfile) => references.map((reference) => reference.written);
      assert.deepEqual(written(parseDockerfile(text, "f").value), ours);
      assert.deepEqual(written(parseWithAst(text, "f")), theirs);
    });
  }
});
