import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ResourceValidationArgs, type ResourceValidationPolicy, unknownCheckingProxy } from "@pulumi/policy";
import { policies } from "../../policy-pack/policies.js";
import { Project } from "../../policy-pack/project.js";

export const TODAY = "2026-11-21";
export const DIGEST = `sha256:${"a".repeat(64)}`;
/** What the SDK hands to policies for text that only the update knows. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const OCI = "org.opencontainers.image";

/** The files of a project whose one image keeps to every policy. */
export const compliantFiles = {
  "Pulumi.local.yaml": "config:\n  factory:registry: 127.0.0.1:5000\n",
  "bases/python/Dockerfile": "FROM scratch\nCOPY root /\nUSER 65532:65532\n",
  "images/app/Dockerfile": [
    "FROM factory.invalid/python AS build",
    "RUN python -m compileall .",
    "FROM factory.invalid/python",
    "COPY --from=build /app /app",
    "",
  ].join("\n"),
};

/** The inputs with which the factory's own components create that image, as the provider's Check leaves them. */
export const compliantInputs = {
  context: {
    location: "images/app",
    named: { "factory.invalid/python": { location: `docker-image://127.0.0.1:5000/python@${DIGEST}` } },
  },
  dockerfile: { location: "images/app/Dockerfile", inline: "" },
  buildArgs: { SOURCE_DATE_EPOCH: "1" } as Record<string, string>,
  labels: {
    [`${OCI}.source`]: "https://example.com/images",
    [`${OCI}.revision`]: "c".repeat(40),
    [`${OCI}.base.name`]: "python",
    [`${OCI}.base.digest`]: DIGEST,
  } as Record<string, string>,
  platforms: ["linux/amd64", "linux/arm64"],
  network: "none",
  push: false,
  target: "",
  exports: [{ raw: "type=image,name=127.0.0.1:5000/candidate/app,push=true,push-by-digest=true" }],
  cacheTo: [{ registry: { ref: "127.0.0.1:5000/cache/app:buildkit" } }] as unknown[],
};

export type Inputs = typeof compliantInputs;

export interface Case {
  readonly files?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Configuration of the policies, by name. */
  readonly config?: Readonly<Record<string, object>>;
}

/** All policies, not bound to a project: for what they say of themselves. */
export function allPolicies(): readonly ResourceValidationPolicy[] {
  return policies({ project: () => Promise.reject(new Error("not asked for")), today: () => TODAY });
}

/** What all policies report of the compliant image with something changed: the policy's name and its text. */
export async function violations({ files = {}, inputs = {}, config = {} }: Case): Promise<readonly string[]> {
  const root = await mkdtemp(join(tmpdir(), "policy-"));
  try {
    for (const [path, text] of Object.entries({ ...compliantFiles, ...files })) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    const project = await Project.load(root, "local");
    const found: string[] = [];
    for (const policy of policies({ project: async () => project, today: () => TODAY })) {
      const args = validationArgs({ ...compliantInputs, ...inputs }, config[policy.name] ?? {});
      assert.ok(typeof policy.validateResource === "function");
      await policy.validateResource(args, (message) => {
        assert.ok(typeof message === "string");
        found.push(`${policy.name} ${message}`);
      });
    }
    return found;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function validationArgs(inputs: object, config: object): ResourceValidationArgs {
  return {
    type: "docker-build:index:Image",
    name: "app",
    urn: "urn:pulumi:local::example::docker-build:index:Image::app",
    props: unknownCheckingProxy(inputs),
    opts: { protect: false, ignoreChanges: [], aliases: [], customTimeouts: noTimeouts, additionalSecretOutputs: [] },
    stackTags: new Map(),
    isType: () => false,
    asType: () => undefined,
    getConfig: <T extends object>() => config as T,
    notApplicable: () => {
      throw new Error("not applicable");
    },
  };
}

const noTimeouts = { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 };

export interface Row extends Case {
  readonly name: string;
  /** How the one violation begins: policy, file, line. */
  readonly starts: string;
  readonly message: RegExp;
  readonly remedy: RegExp;
}

/** Each row has to lead to its violation and to no other. */
export function itReports(rows: readonly Row[]): void {
  for (const { name, starts, message, remedy, ...change } of rows) {
    it(`refuses ${name}`, async () => {
      const found = await violations(change);
      assert.equal(found.length, 1, found.join("\n"));
      const [said = "", next = ""] = (found[0] ?? "").split("\n");
      assert.ok(said.startsWith(starts), said);
      assert.match(said, message);
      assert.match(next, remedy);
    });
  }
}

/** Each row has to lead to no violation at all. */
export function itAccepts(rows: readonly ({ readonly name: string } & Case)[]): void {
  for (const { name, ...change } of rows) {
    it(`accepts ${name}`, async () => assert.deepEqual(await violations(change), []));
  }
}

/** The author's Dockerfile, and with it what is built, with a line added at its end. */
export function dockerfileWith(...lines: readonly string[]): Case {
  return { files: { "images/app/Dockerfile": `${compliantFiles["images/app/Dockerfile"]}${lines.join("\n")}\n` } };
}
