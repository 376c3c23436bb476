import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { predicateTypes } from "../../domain/evidence/predicates.js";
import { buildctl } from "../../provider/buildkit/buildctl.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { readPlatforms } from "../../provider/registry/platforms.js";
import { isBundle, listReferrers, readBundles } from "../../provider/registry/referrers.js";
import { Registry } from "../support/oci.js";
import { evidenceTools, type RunResult, TestProject } from "../support/project.js";
import { readRegistry } from "../support/registry-content.js";
import { trueProgram } from "../support/true-program.js";
import { useServices } from "../support/with-services.js";

/** A fault in one image, which a gate finds. */
interface Plant {
  readonly name: string;
  /** By path. */
  readonly planted: Readonly<Record<string, string>>;
  /** The whole error, its remedy included. */
  readonly says: RegExp;
  readonly mended: Readonly<Record<string, string>>;
}

const token = `ghp_${"A1b2".repeat(9)}`;
const onBase = "FROM factory.invalid/base\n";
const amd64 = "platforms: [linux/amd64]\n";
const suite = (text: string) => `schemaVersion: "2.0.0"\n${text}`;
const npmPackage = (name: string, more: object = {}) =>
  JSON.stringify({ name, version: "1.0.0", license: "MIT", ...more });
const exception = (expires: string) =>
  `exceptions:\n  - { id: CVE-2099-1001, images: [vulnerable, on-vulnerable], reason: a test, owner: tests, expires: ${expires} }\n`;
const against = (id: string, findings: string) =>
  new RegExp(`^1 finding against ${id} \\(sha256:[0-9a-f]{64}\\); nothing was signed or released\\.\\n - ${findings}`);

const plants: Readonly<Record<string, Plant>> = {
  vulnerable: {
    name: "a package with a known vulnerability, on one platform",
    planted: {
      "bases/vulnerable/Dockerfile": `${onBase}ARG TARGETARCH\nCOPY app-\${TARGETARCH} /app/node_modules/factory-planted\n`,
      "bases/vulnerable/app-amd64/readme": "nothing\n",
      "bases/vulnerable/app-arm64/package.json": npmPackage("factory-planted", { author: "Example" }),
    },
    says: against(
      "vulnerable",
      "linux/arm64, scan: GHSA-plan-ted1-high, CVE-2099-1001 \\(high\\) in factory-planted 1\\.0\\.0 \\(npm\\): fixed in 1\\.2\\.0\\.\\n   Update factory-planted .* scan-exceptions\\.yaml \\(id: GHSA-plan-ted1-high",
    ),
    mended: { "scan-exceptions.yaml": exception("2999-12-31") },
  },
  "no-supplier": {
    name: "a package of which nobody knows the supplier",
    planted: {
      "images/no-supplier/Dockerfile": `${onBase}COPY package.json /app/node_modules/unknown/package.json\n`,
      "images/no-supplier/image.yaml": amd64,
      "images/no-supplier/package.json": npmPackage("unknown"),
    },
    says: / - linux\/amd64, sbom: package unknown 1\.0\.0 has no supplier\.\n {3}Name it in image\.yaml, e\.g\. suppliers: /,
    mended: { "images/no-supplier/image.yaml": `${amd64}suppliers: { unknown: Example }\n` },
  },
  "failing-command": {
    name: "a command that fails its test",
    planted: {
      "images/failing-command/Dockerfile": `${onBase}COPY test.yaml /content\n`,
      "images/failing-command/image.yaml": amd64,
      "images/failing-command/test.yaml": suite(
        "commandTests:\n  - { name: it ends with three, command: /true, exitCode: 3 }\n",
      ),
    },
    says: against(
      "failing-command",
      'linux/amd64, tests: test command "it ends with three": it ended with exit code 0, not 3\\. \\[images/failing-command/test\\.yaml:3\\]\\n   Correct the image, or the test in images/failing-command/test\\.yaml\\.',
    ),
    mended: {
      "images/failing-command/test.yaml": suite("commandTests:\n  - { name: it ends with zero, command: /true }\n"),
    },
  },
  "failing-smoke": {
    name: "a service that does not come up",
    planted: {
      "images/failing-smoke/Dockerfile": `${onBase}COPY content /content\nENTRYPOINT ["/true"]\n`,
      "images/failing-smoke/image.yaml": `${amd64}smoke: { port: 8080, path: /healthz }\n`,
      "images/failing-smoke/content": "1\n",
    },
    says: against(
      "failing-smoke",
      "linux/amd64, tests: test smoke: the service ended with exit code 0 before it was healthy\\. \\[images/failing-smoke/image\\.yaml:2\\]\\n   Correct the image",
    ),
    mended: { "images/failing-smoke/image.yaml": amd64 },
  },
  "secret-in-label": {
    name: "a secret in the built configuration",
    planted: {
      "images/secret-in-label/Dockerfile": `${onBase}COPY content /content\nLABEL note="${token}"\n`,
      "images/secret-in-label/image.yaml": amd64,
      "images/secret-in-label/content": "2\n",
    },
    says: /linux\/amd64, secrets: the built configuration holds a GitHub token at config\.Labels\.note, where everybody can read it\.\n {3}Hand it to the build as a secret/,
    mended: { "images/secret-in-label/Dockerfile": `${onBase}COPY content /content\n` },
  },
  "secret-in-env": {
    name: "a secret in a variable, which only the build puts together",
    planted: {
      "images/secret-in-env/Dockerfile": `${onBase}COPY content /content\nARG START=${token.slice(0, 4)}\nENV NOTE=\${START}${token.slice(4)}\n`,
      "images/secret-in-env/image.yaml": amd64,
      "images/secret-in-env/content": "5\n",
    },
    says: /linux\/amd64, secrets: the built configuration holds a GitHub token at config\.Env\.\d+, where everybody/,
    mended: { "images/secret-in-env/Dockerfile": `${onBase}COPY content /content\n` },
  },
  "secret-in-history": {
    name: "a secret in the history of its steps",
    planted: {
      "images/secret-in-history/Dockerfile": `${onBase}COPY content /content\nRUN ["/true", "${token}"]\n`,
      "images/secret-in-history/image.yaml": amd64,
      "images/secret-in-history/content": "6\n",
    },
    says: /linux\/amd64, secrets: the built configuration holds a GitHub token at history\.\d+\.created_by, where everybody/,
    mended: { "images/secret-in-history/Dockerfile": `${onBase}COPY content /content\n` },
  },
};

describe("evidence against", () => {
  const services = useServices({ tools: evidenceTools });
  let project: TestProject;
  let registry: Registry;
  let refused: RunResult;

  before(async () => {
    registry = new Registry(services());
    project = new TestProject(services(), "planted", { evidence: true });
    project.write({
      "bases/base/Dockerfile": "FROM scratch\nCOPY true /true\nUSER 65532:65532\n",
      "bases/base/true": trueProgram(),
      "images/sibling/Dockerfile": `${onBase}COPY content /content\n`,
      "images/sibling/content": "3\n",
      "images/on-vulnerable/Dockerfile": "FROM factory.invalid/vulnerable\nCOPY content /content\n",
      "images/on-vulnerable/content": "4\n",
    });
    chmodSync(path.join(project.root, "bases/base/true"), 0o755);
    for (const { planted } of Object.values(plants)) project.write(planted);
    project.commit();
    refused = await project.up();
  });

  for (const [id, { name, says }] of Object.entries(plants)) {
    it(`${name} stops that image`, () => {
      const said = refused.troubles.filter((trouble) => trouble.id === id);
      assert.equal(said.length, 1, JSON.stringify(refused.troubles, undefined, 2));
      assert.match(said[0]?.text ?? "", says);
      assert.equal(refused.images.find((image) => image.id === id)?.state, "failed");
    });
  }

  it("it stops nothing else but what stands on it, and nothing of it is released", async () => {
    assert.notEqual(refused.code, 0);
    assert.deepEqual(
      refused.images.filter(({ state }) => state !== "failed").map(({ id, state }) => [id, state]),
      [
        ["base", "built"],
        ["sibling", "built"],
        ["on-vulnerable", "skipped"],
      ],
    );
    const { broken, tags } = await readRegistry(services().registry);
    assert.deepEqual(broken, []);
    const released = [...tags.keys()].filter((tag) => !tag.startsWith("candidate/")).map((tag) => tag.split(":")[0]);
    assert.deepEqual([...new Set(released)].sort(), ["base", "sibling"]);
    const signed = await Promise.all(refused.images.map(async ({ id }) => ((await isSigned(id)) ? [id] : [])));
    assert.deepEqual(signed.flat(), ["base", "sibling"]);
  });

  it("it is gone when all is mended, and what was released stays as it is", async () => {
    for (const { mended } of Object.values(plants)) project.write(mended);
    assert.deepEqual(await states(), {
      base: "unchanged",
      "failing-command": "built",
      "failing-smoke": "built",
      "no-supplier": "built",
      "secret-in-env": "built",
      "secret-in-history": "built",
      "secret-in-label": "built",
      sibling: "unchanged",
      vulnerable: "proved",
      "on-vulnerable": "built",
    });
  });

  it("a candidate that is not what the Dockerfile says stops it: it runs as root", async () => {
    const released = await registry.digest("sibling:local");
    const digest = await buildByHand("sibling", "FROM scratch\nCOPY content /content\nUSER 0\n");
    const swapped = swapDigest("sibling", digest);
    const { code, troubles } = await project.up();
    assert.notEqual(code, 0);
    assert.deepEqual(
      troubles.map(({ id }) => id),
      ["sibling"],
    );
    for (const platform of ["linux/amd64", "linux/arm64"]) {
      const user = `${platform}, tests: test a user that is a number and not root: .*\\n   End the Dockerfile's last stage with .USER 65532`;
      assert.match(troubles[0]?.text ?? "", new RegExp(user));
    }
    assert.equal(await registry.digest("sibling:local"), released);
    swapDigest("sibling", swapped);
    assert.equal((await states()).sibling, "unchanged");
  });

  it("a changed exception is scanned for, and not tested again", async () => {
    const before = await builds();
    project.write({ "scan-exceptions.yaml": exception("2999-12-30") });
    const changed = Object.entries(await states()).filter(([, state]) => state !== "unchanged");
    assert.deepEqual(changed, [
      ["vulnerable", "proved"],
      ["on-vulnerable", "proved"],
    ]);
    assert.equal(await builds(), before);
    for (const repository of ["candidate/vulnerable", "vulnerable"]) {
      assert.match(await scanOf(repository), /2999-12-30/, repository);
    }
  });

  it("an exception that has expired counts no more, and what was released stays", async () => {
    const released = await registry.digest("vulnerable:local");
    project.write({ "scan-exceptions.yaml": exception("2020-01-01") });
    const { code, troubles } = await project.up();
    assert.notEqual(code, 0);
    assert.deepEqual(
      troubles.map(({ id }) => id),
      ["vulnerable"],
    );
    assert.match(
      troubles[0]?.text ?? "",
      /linux\/arm64, scan: .* Its exception expired on 2020-01-01\. \[scan-exceptions\.yaml:2\]\n/,
    );
    assert.equal(await registry.digest("vulnerable:local"), released);
  });

  it("a vulnerability that VEX explains stops nothing", async () => {
    project.remove("scan-exceptions.yaml");
    const statement = {
      vulnerability: { name: "CVE-2099-1001" },
      products: [{ "@id": "pkg:npm/factory-planted@1.0.0" }],
      status: "not_affected",
      justification: "vulnerable_code_not_in_execute_path",
    };
    const document = {
      "@context": "https://openvex.dev/ns/v0.2.0",
      "@id": "https://example.com/vex/1",
      author: "tests",
      timestamp: "2026-11-01T00:00:00Z",
      version: 1,
      statements: [statement],
    };
    project.write({ "vex/planted.openvex.json": JSON.stringify(document) });
    // Those that hold the package are scanned again, and no others.
    const changed = Object.entries(await states()).filter(([, state]) => state !== "unchanged");
    assert.deepEqual(changed, [
      ["vulnerable", "proved"],
      ["on-vulnerable", "proved"],
    ]);
    assert.match(await scanOf("vulnerable"), /vulnerable_code_not_in_execute_path/);
  });

  it("a secret in a file that a build would take stops all before it is built", async () => {
    project.write({ "images/sibling/content": `\ntoken: ${token}\n` });
    const { built, code, troubles } = await project.up();
    assert.notEqual(code, 0);
    assert.deepEqual(built, []);
    assert.match(
      troubles.map(({ text }) => text).join("\n"),
      /images\/sibling\/content:2.*the image would take this file, and the line looks like a GitHub token/,
    );
  });

  /** What an up does with each image; it has to succeed. */
  async function states(): Promise<Readonly<Record<string, string>>> {
    project.commit();
    const result = await project.up();
    assert.equal(result.code, 0, JSON.stringify(result.troubles, undefined, 2));
    return Object.fromEntries(result.images.map(({ id, state }) => [id, state]));
  }

  function client(): RegistryClient {
    return new RegistryClient(services().registry, true);
  }

  /** Whether anything signed is attached to any digest that lies in an image's quarantine. */
  async function isSigned(id: string): Promise<boolean> {
    const repository = registry.at(`candidate/${id}`);
    const tags = (await client().listTags(repository)).filter((tag) => tag.startsWith("sha256-"));
    const lists = await Promise.all(tags.map((tag) => listReferrers(client(), repository, tag.replace("-", ":"))));
    return lists.flat().some(isBundle);
  }

  /** The scan that is attached to the platform with the vulnerability. */
  async function scanOf(repository: string): Promise<string> {
    const at = registry.at(repository);
    const platforms = await readPlatforms(client(), at, await registry.digest("vulnerable:local"));
    const digest = platforms.find(({ platform }) => platform === "linux/arm64")?.digest ?? "";
    const bundles = await readBundles(client(), at, digest);
    const payloads = bundles.map(({ bytes }) =>
      Buffer.from(JSON.parse(bytes.toString()).dsseEnvelope.payload, "base64").toString(),
    );
    const scans = payloads.filter((text) => JSON.parse(text).predicateType === predicateTypes.scan);
    assert.equal(scans.length, 1);
    return scans[0] ?? "";
  }

  /** How many builds the builder remembers, tests among them. */
  async function builds(): Promise<number> {
    const { buildkitHost, toolchain } = services();
    const options = { buildctl: toolchain.program("buildctl") };
    return (await buildctl(buildkitHost, ["debug", "histories", "--format", "{{json .}}"], options)).split("\n").length;
  }

  /** Pushes an image to quarantine past the factory. @returns its digest */
  async function buildByHand(id: string, dockerfile: string): Promise<string> {
    const metadata = path.join(services().dataDir, "metadata.json");
    const output = `type=image,name=${registry.at(`candidate/${id}`)},push=true,push-by-digest=true`;
    const platforms = ["--platform", "linux/amd64,linux/arm64"];
    const args = ["build", "--builder", services().builder, "--output", output, "--metadata-file", metadata, "-f", "-"];
    execFileSync(services().toolchain.program("buildx"), [...args, ...platforms, `images/${id}`], {
      cwd: project.root,
      env: { ...process.env, ...services().env },
      input: dockerfile,
      stdio: ["pipe", "ignore", "pipe"],
    });
    return JSON.parse(readFileSync(metadata, "utf8"))["containerimage.digest"];
  }

  /** Makes the state say that an image's build gave another digest. @returns the one before */
  function swapDigest(id: string, digest: string): string {
    const { stateFile } = project.workspace();
    const state = JSON.parse(readFileSync(stateFile, "utf8"));
    const { outputs } = state.checkpoint.latest.resources.find(({ urn }: { urn: string }) =>
      urn.endsWith(`::${id}-image`),
    );
    const before = outputs.digest;
    outputs.digest = digest;
    writeFileSync(stateFile, JSON.stringify(state));
    return before;
  }
});
