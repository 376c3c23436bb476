import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { z } from "zod";
import { formatPlace } from "../../domain/problems.js";
import { cloudSchema } from "../../domain/settings/cloud.js";
import { loadSettings } from "../../domain/settings/load.js";
import { settingsSchema } from "../../domain/settings/schema.js";
import { unknownSource } from "../../domain/settings/source.js";
import { parseYaml } from "../../domain/yaml/parse.js";

const projectRoot = resolve(__dirname, "../../..");

describe("the settings of a stack file", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "settings-"));
    execFileSync("git", ["init", "--quiet"], { cwd: root });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const report = async (stack: string, config?: Readonly<Record<string, unknown>>) =>
    (await loadSettings(root, stack, config)).problems.map(({ place, message }) => `${formatPlace(place)}: ${message}`);

  it("have the source of the git remote", async () => {
    writeFileSync(
      join(root, "Pulumi.local.yaml"),
      "encryptionsalt: v1:abc\nconfig:\n  factory:registry: 127.0.0.1:5000\n",
    );
    assert.equal((await loadSettings(root, "local")).value?.source, unknownSource);
    execFileSync("git", ["remote", "add", "origin", "git@github.com:example/images.git"], { cwd: root });
    assert.equal((await loadSettings(root, "local")).value?.source, "https://github.com/example/images");
  });

  it("are blamed with their line", async () => {
    writeFileSync(join(root, "Pulumi.prod.yaml"), "config:\n  factory:registry: example.com\n  factory:cach: max\n");
    const [problem = "", ...rest] = await report("prod");
    assert.equal(problem, 'Pulumi.prod.yaml:3: unknown key "factory:cach".');
    assert.deepEqual(rest, []);
  });

  it("are the engine's where it gives them, with the file's lines", async () => {
    writeFileSync(join(root, "Pulumi.prod.yaml"), "config:\n  factory:registry: example.com\n  factory:cache: max\n");
    assert.equal(
      (await loadSettings(root, "prod", { "factory:registry": "example.org" })).value?.registry,
      "example.org",
    );
    assert.deepEqual(await report("prod", { "factory:registry": "example.com", "factory:cache": "on" }), [
      'Pulumi.prod.yaml:3: factory:cache is "on", which is not allowed.',
    ]);
  });

  it("need a file", async () => {
    assert.deepEqual(await report("qa"), ['Pulumi.qa.yaml: there is no such file, so the stack "qa" has no settings.']);
  });

  it("need YAML", async () => {
    writeFileSync(join(root, "Pulumi.local.yaml"), "config:\n\tfactory:registry: x\n");
    assert.deepEqual(await report("local"), [
      "Pulumi.local.yaml:2: this is not YAML at column 1: tab characters must not be used in indentation.",
    ]);
  });
});

describe("Pulumi.local.yaml of this project", () => {
  it("is valid", async () => assert.deepEqual((await loadSettings(projectRoot, "local")).problems, []));

  it("explains every setting, and no other, and each example may be switched on", async () => {
    const text = readFileSync(join(projectRoot, "Pulumi.local.yaml"), "utf8");
    const switchedOn = text.replace(/^ {2}# (?=factory:)/gm, "  ");
    const { value } = parseYaml("Pulumi.local.yaml", switchedOn);
    assert.ok(value !== undefined);
    const { config } = value.value as { readonly config: Readonly<Record<string, unknown>> };
    assert.deepEqual(
      Object.keys(config)
        .filter((key) => key.startsWith("factory:"))
        .sort(),
      Object.keys(settingsSchema.shape).sort(),
    );
    // What only other stacks have is explained in their files.
    const { "factory:promotes": _, "factory:cloud": __, ...own } = config;
    assert.deepEqual((await loadSettings(projectRoot, "local", own)).problems, []);
  });
});

describe("Pulumi.staging.yaml of this project", () => {
  it("is valid", async () => assert.deepEqual((await loadSettings(projectRoot, "staging")).problems, []));

  it("names every setting of the cloud, and no other", async () => {
    const text = readFileSync(join(projectRoot, "Pulumi.staging.yaml"), "utf8");
    const { value } = parseYaml("", text.replace(/^ {4}# (?=[a-z]+: \{)/gm, "    "));
    assert.ok(value !== undefined);
    const { config } = value.value as { readonly config: Readonly<Record<string, Readonly<Record<string, object>>>> };
    const { github = {}, runners = {}, ...cloud } = config["factory:cloud"] ?? {};
    const { shape } = cloudSchema;
    const inner = (schema: z.ZodType) => (schema as z.ZodOptional<z.ZodObject>).unwrap().shape;
    assert.deepEqual(Object.keys({ ...cloud, github, runners }).sort(), Object.keys(shape).sort());
    assert.deepEqual(Object.keys(github).sort(), Object.keys(inner(shape.github)).sort());
    assert.deepEqual(Object.keys(runners).sort(), Object.keys(inner(shape.runners)).sort());
  });
});
