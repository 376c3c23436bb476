import assert from "node:assert/strict";
import { z } from "zod";
import { platformSchema } from "../../domain/catalogue/scalars.js";
import { formatPlace } from "../../domain/problems.js";
import { addProblem, checkWith, readYaml } from "../../domain/yaml/check.js";

const schema = z.strictObject({
  owner: z.string().meta({ description: "a team", examples: ["payments"] }),
  size: z.number().min(1).max(9).meta({ description: "a number from 1 to 9" }).exactOptional(),
  on: z.boolean().meta({ description: "true or false" }).default(true),
  mode: z.enum(["off", "min", "max"]).exactOptional(),
  platforms: z.array(platformSchema).min(1).meta({ description: "a list of platforms" }).exactOptional(),
  version: z
    .string()
    .regex(/^\d+$/)
    .meta({ description: "a version", examples: ["12"] })
    .transform(Number)
    .exactOptional(),
  parts: z.record(z.string(), z.strictObject({ target: z.string() })).exactOptional(),
  even: z
    .number()
    .superRefine((value, context) => {
      if (value % 2 !== 0) addProblem(context, "odd.", "Add one.");
    })
    .exactOptional(),
});

describe("a document against a schema", () => {
  const rows: readonly (readonly [name: string, text: string, expected: readonly string[]])[] = [
    [
      "an unknown key",
      "owner: x\nplatform: [linux/amd64]\n",
      [
        'a.yaml:2: unknown key "platform". | Did you mean "platforms"? Allowed keys: owner, size, on, mode, platforms, version, parts, even.',
      ],
    ],
    [
      "an unknown key far from all",
      "owner: x\nzzz: 1\n",
      ['a.yaml:2: unknown key "zzz". | Allowed keys: owner, size, on, mode, platforms, version, parts, even.'],
    ],
    [
      "an unknown key inside a mapping of names",
      "owner: x\nparts:\n  dev:\n    target: a\n    targt: b\n",
      ['a.yaml:5: unknown key "targt" in parts.dev. | Did you mean "target"? Allowed keys: target.'],
    ],
    [
      "two unknown keys",
      "owner: x\nmodee: off\nsiz: 1\n",
      [
        'a.yaml:2: unknown key "modee". | Did you mean "mode"? Allowed keys: owner, size, on, mode, platforms, version, parts, even.',
        'a.yaml:3: unknown key "siz". | Did you mean "size"? Allowed keys: owner, size, on, mode, platforms, version, parts, even.',
      ],
    ],
    ["a missing key", "mode: min\n", ['a.yaml:1: owner is missing. | Write a team, e.g. "payments".']],
    ["an empty value", "owner:\n", ['a.yaml:1: owner is empty, but must be text. | Write a team, e.g. "payments".']],
    [
      "an enum",
      "owner: x\nmode: mim\n",
      ['a.yaml:2: mode is "mim", which is not allowed. | Did you mean "min"? Allowed: off, min, max.'],
    ],
    [
      "an enum's alias",
      "owner: x\nplatforms: [linux/amd64, linux/x86]\n",
      [
        'a.yaml:2: platforms[1] is "linux/x86", which is not allowed. | Did you mean "linux/amd64"? Allowed: linux/amd64, linux/arm64, linux/arm/v7, linux/arm/v6, linux/386, linux/ppc64le, linux/riscv64, linux/s390x.',
      ],
    ],
    [
      "a number for text",
      "owner: 3.10\n",
      ['a.yaml:1: owner is the number 3.10, but must be text. | Put it in quotes: "3.10".'],
    ],
    ["a boolean for text", "owner: true\n", ['a.yaml:1: owner is true, but must be text. | Put it in quotes: "true".']],
    [
      "text for a list",
      "owner: x\nplatforms: linux/amd64\n",
      ['a.yaml:2: platforms is "linux/amd64", but must be a list. | Write a list of platforms.'],
    ],
    [
      "yes for true",
      "owner: x\non: yes\n",
      ['a.yaml:2: on is "yes", but must be true or false. | Write true or false.'],
    ],
    [
      "an empty list",
      "owner: x\nplatforms: []\n",
      ["a.yaml:2: platforms has 0 items; at least 1 is needed. | Write a list of platforms."],
    ],
    [
      "too large",
      "owner: x\nsize: 10\n",
      ["a.yaml:2: size is the number 10; at most 9 is allowed. | Write a number from 1 to 9."],
    ],
    [
      "too small",
      "owner: x\nsize: 0\n",
      ["a.yaml:2: size is the number 0; at least 1 is needed. | Write a number from 1 to 9."],
    ],
    [
      "the wrong form",
      "owner: x\nversion: v12\n",
      ['a.yaml:2: version is "v12", which is not allowed. | Write a version, e.g. "12".'],
    ],
    ["a rule of its own", "owner: x\neven: 3\n", ["a.yaml:2: even: odd. | Add one."]],
    ["a list for the whole", "- a\n", ["a.yaml:1: the file is a list, but must be a mapping. | Write a mapping."]],
    [
      "a key twice and an unknown one",
      "owner: x\nowner: y\nmod: off\n",
      [
        'a.yaml:2: key "owner" stands here and in line 1. | Remove one of the two.',
        'a.yaml:3: unknown key "mod". | Did you mean "mode"? Allowed keys: owner, size, on, mode, platforms, version, parts, even.',
      ],
    ],
  ];
  for (const [name, text, expected] of rows) {
    it(name, () => {
      const problems = readYaml(schema, "a.yaml", text).problems;
      assert.deepEqual(
        problems.map(({ place, message, remedy }) => `${formatPlace(place)}: ${message} | ${remedy}`),
        expected,
      );
    });
  }

  it("gives the schema's output", () => {
    const { data, problems } = readYaml(schema, "a.yaml", "owner: x\nversion: '12'\n");
    assert.deepEqual(problems, []);
    assert.deepEqual(data, { owner: "x", on: true, version: 12 });
  });

  it("has no line where the data came from elsewhere", () => {
    const { problems } = checkWith(schema, { file: "stack", value: { owner: 1 } });
    assert.deepEqual(
      problems.map(({ place }) => place),
      [{ file: "stack" }],
    );
  });
});
