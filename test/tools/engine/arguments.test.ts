import assert from "node:assert/strict";
import { pulumiCommand } from "../../../tools/engine/arguments.js";

const file = "/data/Pulumi.local.yaml";

describe("arguments for the plain CLI", () => {
  for (const [name, given, args, operates] of [
    ["up reads the private file", "up --yes", `up --config-file ${file} --yes`, true],
    ["so do refresh and destroy", "destroy -y", `destroy --config-file ${file} -y`, true],
    ["flags before the command stay there", "-v=3 preview", `-v=3 preview --config-file ${file}`, true],
    ["settings are shown with secrets", "config", `config --config-file ${file}`, false],
    ["a setting is written to the committed file", "config set factory:channel edge", undefined, false],
    [
      "a secret to the private one",
      "config set --secret secret:a v",
      `config --config-file ${file} set --secret secret:a v`,
      false,
    ],
    [
      "a secret is removed from the private one",
      "config rm secret:known",
      `config --config-file ${file} rm secret:known`,
      false,
    ],
    ["a setting is removed from the committed one", "config rm factory:channel", undefined, false],
    ["the same stack by name is this one", "up --stack local", `up --config-file ${file} --stack local`, true],
    ["another stack is the caller's affair", "up --stack staging", undefined, false],
    ["also in the short form", "config -s=staging", undefined, false],
    ["so is a file of the caller's own", "up --config-file mine.yaml", undefined, false],
    ["help needs nothing", "up --help", undefined, false],
    ["other commands need nothing", "stack ls", undefined, false],
  ] as const) {
    it(name, () => {
      const expected = { args: (args ?? given).split(" "), operates };
      assert.deepEqual(pulumiCommand(given.split(" "), file, ["secret:known"]), expected);
    });
  }
});
