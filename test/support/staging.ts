import path from "node:path";
import { dump } from "js-yaml";
import { ensureLocalKey } from "../../provider/signing/local-key.js";
import { TestProject } from "./project.js";
import type { TestServices } from "./with-services.js";

/** The cloud of a test's stack: everything that a stack can have. The stand-ins are its account. */
export const cloudConfig = {
  account: "111122223333",
  region: "eu-west-1",
  consumers: ["444455556666"],
  replicas: ["eu-central-1"],
  upstreams: { quay: { registry: "quay.io" } },
  github: { repository: "example/images", callers: ["example/payments"], reviewers: { teams: [1234567] } },
  runners: {
    context: "factory-staging",
    image: `quay.io/example/buildkit@sha256:${"b".repeat(64)}`,
    pools: { amd64: {}, arm64: {}, gpu: {} },
  },
};

/** The workflow that may sign, and that the test's runs say they are. */
const signingWorkflow = "example/images/.github/workflows/build.yml@refs/heads/main";

export function identityToken(workflow: string): string {
  return `header.${Buffer.from(JSON.stringify({ job_workflow_ref: workflow })).toString("base64url")}.signature`;
}

/** The smallest image that keeps to all policies. */
export const smallestImage = "FROM scratch\nCOPY Dockerfile /\nUSER 65532:65532\n";

/**
 * A project of the stack `staging`, with a registry on this machine in ECR's place, and stand-ins for all other clouds.
 *
 * @param cloud the setting `factory:cloud`
 */
export async function stagingProject(
  services: TestServices,
  name: string,
  cloud: object = cloudConfig,
): Promise<TestProject> {
  const env = { FACTORY_ID_TOKEN: identityToken(signingWorkflow) };
  const project = new TestProject(services, name, { evidence: true, stack: "staging", env });
  await ensureLocalKey(path.join(project.root, "keys"));
  project.write({
    "Pulumi.staging.yaml": dump({
      config: {
        ...project.settings,
        "factory:source": "https://git.example/images",
        "factory:signingKey": "keys/cosign.key",
        "factory:signingWorkflow": signingWorkflow,
        "factory:cloud": cloud,
      },
    }),
    ".gitignore": "/dist\n/node_modules\n/provider\n/policy-pack\n/.factory\n/keys/*.key\n/keys/*.password\n",
  });
  return project;
}
