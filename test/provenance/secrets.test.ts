import assert from "node:assert/strict";
import { suspectValues } from "../../domain/provenance/secrets.js";

const token = `ghp_${"a".repeat(36)}`;

const rows: readonly (readonly [name: string, value: unknown, expected: readonly string[]])[] = [
  ["nothing", { args: { VERSION: "1.2", SOURCE_DATE_EPOCH: "1" }, secrets: [{ id: "npm-token" }] }, []],
  ["a token in a list", { env: ["PATH=/bin", token] }, ["env.1"]],
  ["a value under a name that says so", { args: { "build-arg:NPM_TOKEN": "x" } }, ["args.build-arg:NPM_TOKEN"]],
  ["an assignment in an environment", { meta: { env: ["DB_PASSWORD=x"] } }, ["meta.env.0"]],
  ["an empty value of such a name", { args: { NPM_TOKEN: "" }, env: ["NPM_TOKEN="] }, []],
  ["the place of a secret", { env: ["TOKEN_FILE=/run/secrets/token"] }, []],
];

describe("values that look like secrets", () => {
  for (const [name, value, expected] of rows) {
    it(`${name}: ${expected.join(", ") || "none"}`, () => {
      const found = suspectValues(value);
      assert.deepEqual(
        found.map(({ path }) => path),
        expected,
      );
      assert.ok(!JSON.stringify(found).includes(token));
    });
  }
});
