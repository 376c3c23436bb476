import assert from "node:assert/strict";
import { formatPlace } from "../../domain/problems.js";
import { testFileNames, testSuite } from "../../domain/tests/suite.js";

const place = { file: "images/web/Dockerfile" };
const node = { id: "web", variant: { name: "", args: {}, place } };
const file = "images/web/test.yaml";

describe("test.yaml", () => {
  it("is what container-structure-test reads", () => {
    const text = `schemaVersion: "2.0.0"
globalEnvVars: [{ key: A, value: b }]
commandTests:
  - name: version
    setup: [[touch, /tmp/x]]
    teardown: [[rm, /tmp/x]]
    command: web
    args: [--version]
    expectedOutput: ["1.2"]
fileExistenceTests:
  - { name: web, path: /usr/bin/web, shouldExist: true, permissions: "-rwxr-xr-x", uid: 0, gid: 0, isExecutableBy: any }
fileContentTests:
  - { name: config, path: "\${HOME}/config", expectedContents: [x], excludedContents: [y] }
metadataTest:
  envVars: [{ key: A, value: b, isRegex: true }]
  unboundEnvVars: [{ key: C }]
  labels: [{ key: d, value: e }]
  entrypoint: []
  cmd: [web]
  exposedPorts: ["8080"]
  unexposedPorts: ["22"]
  volumes: [/data]
  unmountedVolumes: [/etc]
  workdir: /
  user: "1"
`;
    const { value, problems } = testSuite(node, { file, text });
    assert.deepEqual(problems, []);
    const [command] = value.commandTests;
    assert.deepEqual(command, {
      name: "version",
      setup: [["touch", "/tmp/x"]],
      envVars: [],
      command: "web",
      args: ["--version"],
      exitCode: 0,
      expectedOutput: ["1.2"],
      excludedOutput: [],
      expectedError: [],
      excludedError: [],
      place: { file, line: 4 },
    });
    assert.deepEqual(value.metadataTest?.entrypoint, []);
    assert.deepEqual(value.fileExistenceTests[0]?.place, { file, line: 11 });
  });

  const version = 'schemaVersion: "2.0.0"\n';
  const rows: readonly (readonly [name: string, text: string, problem: string])[] = [
    ["no version", "commandTests: []\n", `${file}:1: schemaVersion is empty, which is not allowed. | Allowed: 2.0.0.`],
    [
      "a version as a number",
      "schemaVersion: 2.0\n",
      `${file}:1: schemaVersion is the number 2.0, which is not allowed. | Allowed: 2.0.0.`,
    ],
    [
      "an unknown key",
      `${version}commandTest: []\n`,
      `${file}:2: unknown key "commandTest". | Did you mean "commandTests"? Allowed keys: schemaVersion, globalEnvVars, commandTests, fileExistenceTests, fileContentTests, metadataTest.`,
    ],
    [
      "a test without a name",
      `${version}commandTests:\n  - command: web\n`,
      `${file}:3: commandTests[0].name is missing. | Write a name, for reports, e.g. "prints its version".`,
    ],
    [
      "a port as a number",
      `${version}metadataTest:\n  exposedPorts: [8080]\n`,
      `${file}:3: metadataTest.exposedPorts[0] is the number 8080, but must be text. | Put it in quotes: "8080".`,
    ],
    [
      "a relative path",
      `${version}fileExistenceTests:\n  - { name: it, path: etc/passwd }\n`,
      `${file}:3: fileExistenceTests[0].path is "etc/passwd", which is not allowed. | Write an absolute path in the image, e.g. "/etc/passwd".`,
    ],
    [
      "an empty setup",
      `${version}commandTests:\n  - { name: it, command: web, setup: [[]] }\n`,
      `${file}:3: commandTests[0].setup[0] has 0 items; at least 1 is needed. | Write a program and its arguments, a list, e.g. ["node","--version"].`,
    ],
    [
      "somebody unknown",
      `${version}fileExistenceTests:\n  - { name: it, path: /x, isExecutableBy: anybody }\n`,
      `${file}:3: fileExistenceTests[0].isExecutableBy is "anybody", which is not allowed. | Allowed: owner, group, other, any.`,
    ],
  ];
  for (const [name, text, expected] of rows) {
    it(`is refused with ${name}`, () => {
      const { problems } = testSuite(node, { file, text });
      assert.deepEqual(
        problems.map((problem) => `${formatPlace(problem.place)}: ${problem.message} | ${problem.remedy}`),
        [expected],
      );
    });
  }
});

describe("the hash of a suite", () => {
  const hash = (text: string, smoke?: object) => {
    const service = smoke && { smoke: { port: 80, path: "/", status: 200, timeout: 1, place, ...smoke } };
    const variant = { name: "", args: {}, place, ...service };
    return testSuite({ id: "web", variant }, { file, text: `schemaVersion: "2.0.0"\n${text}` }).value.hash;
  };
  const test = "fileExistenceTests: [{ name: it, path: /x }]\n";

  it("stays the same under a comment and another order of keys", () => {
    assert.equal(hash(`# why\n${test}`), hash(test));
    assert.equal(hash("fileExistenceTests: [{ path: /x, name: it }]\n"), hash(test));
    assert.equal(hash(test, { place: { file: "elsewhere", line: 3 } }), hash(test, {}));
  });

  const others: readonly (readonly [name: string, hash: string])[] = [
    ["a test", hash("")],
    ["what a test expects", hash("fileExistenceTests: [{ name: it, path: /y }]\n")],
    ["a smoke test", hash(test, {})],
  ];
  for (const [name, other] of others) it(`changes with ${name}`, () => assert.notEqual(other, hash(test)));

  it("changes with what a smoke test asks", () => assert.notEqual(hash(test, { status: 204 }), hash(test, {})));
});

describe("a variant", () => {
  it("has a test file of its own, else the image's", () => {
    const variant = { name: "cli", args: {}, place };
    assert.deepEqual(testFileNames({ variant }), ["test-cli.yaml", "test.yaml"]);
    assert.deepEqual(testFileNames(node), ["test.yaml"]);
  });
});
