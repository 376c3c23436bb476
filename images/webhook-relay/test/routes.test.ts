import assert from "node:assert/strict";
import { it } from "node:test";
import { parseRoutes } from "../src/routes.js";

it("reads routes and takes secrets from the environment", () => {
  const text = "routes: [{name: a, targets: ['http://x/']}, {name: b, secretEnv: B, targets: ['https://y/z']}]";
  assert.deepEqual(
    [...parseRoutes(text, { B: "key" }).values()],
    [
      { name: "a", targets: ["http://x/"] },
      { name: "b", secret: "key", targets: ["https://y/z"] },
    ],
  );
});

for (const [what, text, message] of [
  ["no routes", "{}", /routes/],
  ["a key that nobody knows", "routes: [{name: a, target: 'http://x/', targets: ['http://x/']}]", /target/],
  ["a target that is no web address", "routes: [{name: a, targets: ['ftp://x/']}]", /targets/],
  [
    "a name twice",
    "routes: [{name: a, targets: ['http://x/']}, {name: a, targets: ['http://x/']}]",
    /"a" is there twice/,
  ],
  ["a secret that is not set", "routes: [{name: a, secretEnv: NOT_SET, targets: ['http://x/']}]", /NOT_SET/],
] as const) {
  it(`refuses ${what}`, () => assert.throws(() => parseRoutes(text, {}), message));
}
