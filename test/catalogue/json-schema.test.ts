import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { generatedSchemas } from "../../domain/catalogue/json-schema.js";

const projectRoot = resolve(__dirname, "../../..");

describe("the JSON schemas", () => {
  for (const { path, text } of generatedSchemas()) {
    it(`are committed as they are generated: ${path}`, () => {
      assert.equal(readFileSync(join(projectRoot, path), "utf8"), text, "run `npm run fix`");
    });

    it(`refuse unknown keys and explain every key: ${path}`, () => {
      const silent: string[] = [];
      visit(JSON.parse(text), path, (schema, at) => {
        if (schema.properties === undefined) return;
        if (schema.additionalProperties !== false) silent.push(`${at} takes any key`);
        for (const [key, child] of Object.entries(schema.properties as object)) {
          if (typeof child.description !== "string") silent.push(`${at}.${key} has no description`);
        }
      });
      assert.deepEqual(silent, []);
    });
  }

  it("differ from each other", () => {
    const [image, images] = generatedSchemas();
    assert.notEqual(image?.text, images?.text);
  });
});

function visit(node: unknown, at: string, visitor: (schema: Record<string, unknown>, at: string) => void): void {
  if (typeof node !== "object" || node === null) return;
  if (!Array.isArray(node)) visitor(node as Record<string, unknown>, at);
  for (const [key, child] of Object.entries(node)) visit(child, `${at}.${key}`, visitor);
}
