import { z } from "zod";

const text = (description: string, ...examples: unknown[]) =>
  z
    .string()
    .min(1)
    .meta({ description, ...(examples.length === 0 ? {} : { examples }) });

const list = <T extends z.ZodType>(item: T, description: string, ...examples: unknown[]) =>
  z
    .array(item)
    .meta({ description, ...(examples.length === 0 ? {} : { examples }) })
    .default([]);

const patterns = (of: string) => list(text("a Go regular expression"), `a list of Go regular expressions for ${of}`);

const key = text("a variable's or label's name", "PATH");

const variables = list(
  z.strictObject({ key, value: z.string().meta({ description: "its value" }) }).meta({ description: "key and value" }),
  "a list of key and value",
  [{ key: "HOME", value: "/tmp" }],
);

const expectedVariables = list(
  z
    .strictObject({
      key,
      value: z.string().meta({ description: "its value, or a pattern with isRegex" }),
      isRegex: z.boolean().meta({ description: "true to take the value as a Go regular expression" }).default(false),
    })
    .meta({ description: "key and value" }),
  "a list of key and value",
  [{ key: "NODE_ENV", value: "production" }],
);

const words = list(text("a word of the command"), "a program and its arguments, a list", ["node", "--version"]);
const commandLines = list(words.unwrap().min(1), "a list of commands, each a list of words", [["mkdir", "/tmp/work"]]);

const name = text("a name, for reports", "prints its version");
const path = text("an absolute path in the image", "/etc/passwd").regex(/^[/$]/);
const owner = z.int().min(0);
const ports = (which: string) =>
  list(
    z
      .string()
      .regex(/^\d+(\/[a-z]+)?$/)
      .meta({ description: "a port as text", examples: ["8080"] }),
    `a list of ports that are ${which}`,
    ["8080"],
  );
const volumes = (which: string) => list(text("a path", "/data"), `a list of volumes that are ${which}`, ["/data"]);

const commandTest = z
  .strictObject({
    name,
    setup: commandLines,
    teardown: commandLines,
    envVars: variables,
    command: text("a program", "python3"),
    args: list(z.string(), "a list of arguments", ["--version"]),
    exitCode: z.int().min(0).max(255).meta({ description: "the exit code" }).default(0),
    expectedOutput: patterns("what has to be in standard output"),
    excludedOutput: patterns("what must not be in standard output"),
    expectedError: patterns("what has to be in standard error"),
    excludedError: patterns("what must not be in standard error"),
  })
  .meta({ description: "a command and what it has to write" });

const fileExistenceTest = z
  .strictObject({
    name,
    path,
    shouldExist: z.boolean().meta({ description: "false where nothing may be there" }).default(true),
    permissions: z
      .string()
      .regex(/^[-a-zA-Z]+$/)
      .meta({ description: "permissions as ls writes them", examples: ["-rw-r--r--"] })
      .exactOptional(),
    uid: owner.meta({ description: "the owner's number" }).exactOptional(),
    gid: owner.meta({ description: "the group's number" }).exactOptional(),
    isExecutableBy: z.enum(["owner", "group", "other", "any"]).meta({ description: "who may run it" }).exactOptional(),
  })
  .meta({ description: "a path that has to be there, or must not be" });

const fileContentTest = z
  .strictObject({
    name,
    path,
    expectedContents: patterns("what has to be in the file"),
    excludedContents: patterns("what must not be in the file"),
  })
  .meta({ description: "a file and what has to be in it" });

const metadataTest = z
  .strictObject({
    envVars: expectedVariables,
    unboundEnvVars: list(z.strictObject({ key }).meta({ description: "a key" }), "a list of keys that are not set", [
      { key: "DEBUG" },
    ]),
    labels: expectedVariables,
    entrypoint: words.unwrap().exactOptional(),
    cmd: words.unwrap().exactOptional(),
    exposedPorts: ports("exposed"),
    unexposedPorts: ports("not exposed"),
    volumes: volumes("declared"),
    unmountedVolumes: volumes("not declared"),
    workdir: text("the working directory", "/app").exactOptional(),
    user: text("the user", "65532:65532").exactOptional(),
  })
  .meta({ description: "what the image's configuration has to say" });

/** `test.yaml`, beside the Dockerfile, in the format of container-structure-test, which reads it too. */
export const testSchema = z
  .strictObject({
    schemaVersion: z.literal("2.0.0").meta({ description: 'the format\'s version: "2.0.0"' }),
    globalEnvVars: variables,
    commandTests: list(commandTest, "a list of commands to run in the image"),
    fileExistenceTests: list(fileExistenceTest, "a list of paths to look for"),
    fileContentTests: list(fileContentTest, "a list of files to read"),
    metadataTest: metadataTest.exactOptional(),
  })
  .meta({ title: "test.yaml", description: "tests of one image, run on every platform before it is released" });

export type TestYaml = z.output<typeof testSchema>;
