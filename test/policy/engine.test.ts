import assert from "node:assert/strict";
import { POLICY_RULES } from "../../domain/policy/rules.js";
import { type RunResult, TestProject } from "../support/project.js";
import { useServices } from "../support/with-services.js";

const OCI = "org.opencontainers.image";
const DIGEST = `sha256:${"a".repeat(64)}`;

/** One image that breaks one rule, where the rule has to say so, and what it has to advise. */
interface BrokenImage {
  readonly files: Readonly<Record<string, string>>;
  /** Changes of the resource's inputs, where the rule is about those; only a program of another kind can make them. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly at: string;
  readonly remedy: RegExp;
}

const MINIMAL = "FROM scratch\nCOPY Dockerfile /\nUSER 65532:65532\n";

function dockerfile(name: string, text: string): BrokenImage["files"] {
  return { [`images/${name}/Dockerfile`]: text };
}

/** What the factory's own program can be given. Its plan sets the required labels itself. */
const brokenFiles: Readonly<Record<string, BrokenImage>> = {
  "non-root": {
    files: dockerfile("non-root", "FROM scratch\nCOPY Dockerfile /\nUSER root\n"),
    at: "images/non-root/Dockerfile:3",
    remedy: /USER 65532:65532/,
  },
  "pinned-references": {
    files: dockerfile("pinned-references", `${MINIMAL}COPY --from=docker.io/library/nginx:1.29 /a /b\n`),
    at: "images/pinned-references/Dockerfile:4",
    remedy: /npx factory pin docker\.io\/library\/nginx:1\.29/,
  },
  "no-secret-arguments": {
    files: dockerfile("no-secret-arguments", `${MINIMAL}ENV NPM_TOKEN=banana\n`),
    at: "images/no-secret-arguments/Dockerfile:4",
    remedy: /--mount=type=secret/,
  },
  "add-checksum": {
    files: dockerfile("add-checksum", `${MINIMAL}ADD http://127.0.0.1:9/model.bin /\n`),
    at: "images/add-checksum/Dockerfile:4",
    remedy: /--checksum=sha256:/,
  },
  "allowed-registries": {
    files: dockerfile("allowed-registries", `${MINIMAL}COPY --from=ghcr.io/someone/tool:1 /a /b\n`),
    at: "images/allowed-registries/Dockerfile:4",
    remedy: /factory:allowedRegistries/,
  },
  "complete-platforms": {
    files: dockerfile("complete-platforms", `FROM --platform=linux/amd64 ${MINIMAL.slice("FROM ".length)}`),
    at: "images/complete-platforms/Dockerfile:1",
    remedy: /Remove `--platform`/,
  },
  "no-network": {
    files: dockerfile("no-network", `${MINIMAL}RUN --network=host id\n`),
    at: "images/no-network/Dockerfile:4",
    remedy: /factory lock/,
  },
};

/** What a program that does without the factory's components can do as well. */
const brokenInputs: Readonly<Record<string, BrokenImage>> = {
  ...brokenFiles,
  "pinned-references": {
    files: dockerfile("pinned-references", `${MINIMAL}COPY --from=docker.io/library/nginx:1.29 /a /b\n`),
    inputs: { context: { location: "images/pinned-references", named: named("docker.io/library/nginx:1.29", "") } },
    at: "images/pinned-references/Dockerfile:4",
    remedy: /npx factory pin docker\.io\/library\/nginx:1\.29/,
  },
  "required-labels": {
    files: dockerfile("required-labels", MINIMAL),
    inputs: { labels: { [`${OCI}.source`]: "https://example.com/images" } },
    at: "images/required-labels/Dockerfile:1",
    remedy: /Commit the image's files/,
  },
  "allowed-registries": {
    files: dockerfile("allowed-registries", `${MINIMAL}COPY --from=ghcr.io/someone/tool:1 /a /b\n`),
    inputs: {
      context: { location: "images/allowed-registries", named: named("ghcr.io/someone/tool:1", `@${DIGEST}`) },
    },
    at: "images/allowed-registries/Dockerfile:4",
    remedy: /factory:allowedRegistries/,
  },
  "complete-platforms": {
    files: dockerfile("complete-platforms", MINIMAL),
    inputs: { platforms: ["linux/amd64"] },
    at: "images/complete-platforms/Dockerfile:1",
    remedy: /image\.yaml/,
  },
  "no-network": {
    files: dockerfile("no-network", MINIMAL),
    inputs: { network: "default" },
    at: "images/no-network/Dockerfile:1",
    remedy: /factory lock/,
  },
};

function named(image: string, digest: string) {
  return { [image]: { location: `docker-image://${image}${digest}` } };
}

/** A program without any of the factory's code: only the pack stands between it and the registry. */
const foreignProgram = `
const { Image } = require("@pulumi/docker-build");
for (const [name, inputs] of Object.entries(require("./inputs.json"))) new Image(name, inputs);
`;

describe("policies in the real engine", () => {
  const services = useServices({ tools: ["pulumi", "docker-build", "buildx"] });

  describe("the program's own check", () => {
    let result: RunResult;
    before(async () => {
      const project = new TestProject(services(), "own-check");
      project.write({ "images/compliant/Dockerfile": MINIMAL });
      for (const { files } of Object.values(brokenFiles)) project.write(files);
      project.commit();
      result = await project.up({
        policyPack: false,
        config: { "factory:allowedRegistries": ["docker.io/library"] },
      });
    });

    it("fails before anything is built", async () => {
      assert.notEqual(result.code, 0);
      assert.deepEqual(result.built, []);
      assert.deepEqual(await repositories(services().registry), []);
    });

    for (const [rule, { at, remedy }] of Object.entries(brokenFiles)) {
      it(`says file, line and remedy of ${rule}`, () => {
        const text = result.troubles.map((trouble) => trouble.text).join("\n");
        const lines = text.split("\n");
        const found = lines.findIndex((line) => line.includes(` ${at}: `) && line.endsWith(`[${rule}]`));
        assert.ok(found >= 0, result.text);
        assert.match(lines[found + 1] ?? "", remedy);
      });
    }
  });

  describe("the pack alone", () => {
    let project: TestProject;
    before(() => {
      project = new TestProject(services(), "pack-alone");
      project.write({
        "package.json": JSON.stringify({ main: "program.js" }),
        "program.js": foreignProgram,
        "images/compliant/Dockerfile": MINIMAL,
      });
    });

    /** Brings the images of these names up: the compliant one, and broken ones after their rules. */
    function up(...names: readonly string[]): Promise<RunResult> {
      const { registry, builder } = services();
      const images = names.map((name) => [
        name,
        { ...inputsOf(name, registry, builder), ...brokenInputs[name]?.inputs },
      ]);
      for (const name of names) project.write(brokenInputs[name]?.files ?? {});
      project.write({ "inputs.json": JSON.stringify(Object.fromEntries(images)) });
      return project.up({ config: { "factory:allowedRegistries": ["docker.io/library"] } });
    }

    it("is tried for every policy", () => {
      assert.deepEqual(Object.keys(brokenInputs).sort(), POLICY_RULES.map(({ id }) => id).sort());
    });

    it("lets an image pass that keeps to all policies", async () => {
      const { code, text } = await up("compliant");
      assert.equal(code, 0, text);
      assert.deepEqual(await repositories(services().registry), ["candidate/compliant"]);
    });

    for (const [rule, { at, remedy }] of Object.entries(brokenInputs)) {
      it(`stops the update for ${rule}, publishes nothing, and says file, line and remedy`, async () => {
        const { code, troubles, built, text } = await up("compliant", rule);
        assert.notEqual(code, 0);
        assert.ok(!built.includes(rule), "the image was not built");
        assert.ok(!(await repositories(services().registry)).includes(`candidate/${rule}`), "nothing was published");

        const said = troubles.filter(({ kind }) => kind === "policy");
        assert.equal(said.length, 1, text);
        assert.equal(said[0]?.id, rule);
        const [where = "", next = ""] = said[0].text.split("\n");
        assert.ok(where.startsWith(`${at}: `), where);
        assert.match(next, remedy);
      });
    }
  });
});

/** The inputs of a docker-build Image that keeps to all policies. */
function inputsOf(name: string, registry: string, builder: string) {
  return {
    context: { location: `images/${name}` },
    dockerfile: { location: `images/${name}/Dockerfile` },
    labels: { [`${OCI}.source`]: "https://example.com/images", [`${OCI}.revision`]: "c".repeat(40) },
    platforms: ["linux/amd64", "linux/arm64"],
    network: "none",
    push: false,
    buildOnPreview: false,
    builder: { name: builder },
    exports: [{ raw: `type=image,name=${registry}/candidate/${name},push=true,push-by-digest=true` }],
  };
}

async function repositories(registry: string): Promise<readonly string[]> {
  const answer = await fetch(`http://${registry}/v2/_catalog`);
  return ((await answer.json()) as { repositories: readonly string[] }).repositories;
}
