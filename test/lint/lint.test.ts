import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { scaffold } from "../../cli/scaffold.js";
import { formatPlace } from "../../domain/problems.js";
import { lint } from "../../tools/lint/lint.js";
import { projectRoot } from "../../tools/project.js";
import { ensureToolchain, type Toolchain } from "../../tools/toolchain/toolchain.js";
import { toolsForCheck } from "../../tools/toolchain/tools.js";

describe("lint", function () {
  this.timeout("15m");
  let toolchain: Toolchain;
  let root = "";

  before(async () => {
    toolchain = await ensureToolchain(toolsForCheck());
  });
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "factory-lint-"));
    cpSync(join(projectRoot, "biome.json"), join(root, "biome.json"));
    put(".gitignore", "/dist\n");
    put("bases/debian/Dockerfile", "FROM scratch\nENV DATA=/data\nUSER 65532:65532\nWORKDIR /srv\n");
    put("bases/debian/image.yaml", "owner: platform\ndescription: a base\n");
    put("images/web/Dockerfile", 'FROM factory.invalid/debian\nCOPY app $DATA/\nCMD ["app"]\n');
    put("images/web/image.yaml", "owner: web\ndescription: a service\n");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const said = async () =>
    (await lint(root, toolchain)).map(({ place, message, rule }) => `${formatPlace(place)}: ${message} [${rule}]`);

  it("says nothing of a project without faults", async () => assert.deepEqual(await said(), []));

  const faults: readonly (readonly [linter: string, path: string, text: string, said: readonly string[]])[] = [
    [
      "hadolint",
      "images/web/Dockerfile",
      'FROM factory.invalid/debian\nADD app /app\nCMD ["app"]\n',
      ["images/web/Dockerfile:2: Use COPY instead of ADD for files and folders [DL3020]"],
    ],
    [
      "ShellCheck in hadolint",
      "images/web/Dockerfile",
      "FROM factory.invalid/debian\n\nRUN cat $FILES\n",
      ["images/web/Dockerfile:3: Double quote to prevent globbing and word splitting. [SC2086]"],
    ],
    [
      "BuildKit's checks",
      "images/web/Dockerfile",
      "FROM factory.invalid/debian\n\nCOPY app \\\n  $DATTA/\n",
      ["images/web/Dockerfile:3: Usage of undefined variable '$DATTA' (did you mean $DATA?) [UndefinedVar]"],
    ],
    [
      "actionlint",
      ".github/workflows/x.yml",
      "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    if: githib.sha != ''\n    steps:\n      - run: echo\n",
      [
        '.github/workflows/x.yml:7: undefined variable "githib". available variables are "env", "github", "inputs", "job", "matrix", "needs", "runner", "secrets", "steps", "strategy", "vars". [expression]',
      ],
    ],
    [
      "conftest on image.yaml",
      "images/web/image.yaml",
      "owner: web\ndescription: a service\nnetwork:\n  reason: vendor's installer\n  expires: 2999-01-01\n",
      [
        "images/web/image.yaml:5: the exception lasts until 2999-01-01, longer than 180 days from now. [policy/image.rego]",
      ],
    ],
    [
      "conftest on images.yaml",
      "images.yaml",
      "images:\n  - name: nginx\n    repoURL: docker.io/library/nginx\n    allowTags: '1\\.29'\n",
      ["images.yaml:4: allowTags 1\\.29 also allows tags that only contain it. [policy/images.rego]"],
    ],
    [
      "conftest on packages.yaml",
      "images/web/packages.yaml",
      "debian:\n  suite: trixie\n  packages:\n    - libc6\n    - sudo\n",
      [
        "images/web/packages.yaml:5: package sudo lets somebody in, or gives rights, inside a container. [policy/packages.rego]",
      ],
    ],
    [
      "conftest on tests",
      "images/web/test.yaml",
      'schemaVersion: 2.0.0\ncommandTests:\n  - name: runs\n    command: app\n    expectedOutput: [".*"]\n',
      ['images/web/test.yaml:5: pattern ".*" fits every text. [policy/tests.rego]'],
    ],
    [
      "conftest on a stack's settings",
      "Pulumi.prod.yaml",
      "config:\n  factory:registry: registry.example.com\n  secret:key: hunter2\n",
      ["Pulumi.prod.yaml:3: secret:key is not encrypted. [policy/stack.rego]"],
    ],
    [
      "conftest on workflows",
      ".github/workflows/build.yml",
      "on: push\npermissions: {}\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    steps:\n      - run: make\n      - uses: actions/checkout@v5\n",
      [".github/workflows/build.yml:9: action actions/checkout@v5 is not pinned by a commit. [policy/workflow.rego]"],
    ],
    [
      "Biome's linter",
      "a.ts",
      "export const a: any = 1;\n",
      ["a.ts:1: Unexpected any. Specify a different type. [lint/suspicious/noExplicitAny]"],
    ],
    ["Biome's formatter", "a.ts", "export  const a = 1;\n", ["a.ts: it is not formatted. [undefined]"]],
  ];
  for (const [linter, path, text, expected] of faults) {
    it(`${linter} finds a planted fault, in its file and line`, async () => {
      put(path, text);
      assert.deepEqual(await said(), expected);
    });
  }

  it("tells of YAML that is none, and of the rest all the same", async () => {
    put(".github/workflows/a.yml", "on: [push\n");
    put("images/web/image.yaml", "owner: [web\n");
    put("Pulumi.prod.yaml", "config:\n  secret:key: hunter2\n");
    const lines = await said();
    for (const file of [".github/workflows/a.yml", "images/web/image.yaml"]) {
      assert.ok(
        lines.some((line) => line.startsWith(file) && line.includes("this is not YAML")),
        lines.join("\n"),
      );
    }
    assert.ok(lines.includes("Pulumi.prod.yaml:2: secret:key is not encrypted. [policy/stack.rego]"));
  });

  it("says with everything what to do", async () => {
    for (const [, path, text] of faults) put(path, text);
    for (const { remedy } of await lint(root, toolchain)) assert.match(remedy, /\S/);
  });

  it("changes nothing", async () => {
    put("a.ts", "export  const a = 1;\n");
    const before = contents(root);
    await said();
    assert.deepEqual(contents(root), before);
  });

  it("finds nothing in folders just made from templates", async () => {
    for (const base of ["python", "node"]) {
      put(`bases/${base}/Dockerfile`, "FROM factory.invalid/debian\n");
      put(`bases/${base}/image.yaml`, "owner: platform\ndescription: a language\n");
    }
    await scaffold(root, { kind: "base", name: "company", from: "debian" });
    for (const from of ["debian", "python", "node"]) {
      await scaffold(root, { kind: "application", name: `on-${from}`, from });
    }
    assert.deepEqual(await said(), []);
  });

  describe("of BuildKit", () => {
    const web = "images/web/Dockerfile";

    it("tells what all variants have in common once, and knows each one's arguments", async () => {
      put(web, "ARG BASE\nFROM factory.invalid/$BASE\nCOPY app $NOTHING/\n");
      put("images/web/image.yaml", "owner: web\ndescription: x\nvariants:\n  web-2: { args: { BASE: debian } }\n");
      assert.deepEqual(
        (await said()).filter((line) => line.includes("[UndefinedVar]")),
        [`${web}:3: Usage of undefined variable '$NOTHING' [UndefinedVar]`],
      );
    });

    it("does not judge by what an image that is not built here may set", async () => {
      put(web, "FROM docker.io/library/nginx:1.29\nCOPY app $NOTHING/\n");
      assert.deepEqual(await said(), []);
    });

    it("can be told to skip a rule", async () => {
      put(web, "# check=skip=StageNameCasing\nFROM factory.invalid/debian AS Web\n");
      assert.deepEqual(await said(), []);
    });

    it("tells why a Dockerfile cannot be built", async () => {
      put(web, "FROM factory.invalid/debian\nCOPY --from=nobody:9:9 a b\n");
      assert.match((await said()).join("\n"), /images\/web\/Dockerfile:2: .*invalid reference format/);
    });
  });

  for (const linter of ["hadolint", "buildkit-lint", "conftest"]) {
    it(`does not take a ${linter} that fails for one that finds nothing`, async () => {
      const broken = join(root, "broken");
      put("broken", "#!/bin/sh\necho out of memory >&2\nexit 137\n");
      chmodSync(broken, 0o755);
      const program = (name: string) => (name === linter ? broken : toolchain.program(name));
      await assert.rejects(lint(root, { program }), {
        name: "ProblemsError",
        message: new RegExp(`${linter}: ended with code 137 and said:\n {3}\\| out of memory`),
      });
    });
  }
});

function contents(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "utf8")]),
  );
}
