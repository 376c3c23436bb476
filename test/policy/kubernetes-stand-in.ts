import { appendFileSync } from "node:fs";
import { type CheckResult, type CreateResult, main, type Provider } from "@pulumi/pulumi/provider";

const kinds = [
  "core/v1:Pod",
  "apps/v1:Deployment",
  "apps/v1:StatefulSet",
  "apps/v1:DaemonSet",
  "apps/v1:ReplicaSet",
  "batch/v1:Job",
  "batch/v1:CronJob",
];

/** Takes the place of Pulumi's Kubernetes provider: knows a few kinds, and writes what it creates into `created.txt`. */
class KubernetesStandIn implements Provider {
  readonly version = "4.0.0";

  async check(urn: string, _olds: unknown, news: { readonly spec?: unknown }): Promise<CheckResult> {
    const failures = [];
    if (!kinds.includes(kindOf(urn))) failures.push({ property: "kind", reason: `${kindOf(urn)} is not known here` });
    if (news.spec === undefined) failures.push({ property: "spec", reason: "is missing" });
    return { inputs: news, failures };
  }

  async create(urn: string, inputs: object): Promise<CreateResult> {
    const name = urn.slice(urn.lastIndexOf("::") + 2);
    appendFileSync("created.txt", `${name}\n`);
    return { id: name, outs: inputs };
  }
}

/** `core/v1:Pod` of `urn:pulumi:local::example::kubernetes:core/v1:Pod::web`. */
function kindOf(urn: string): string {
  return (urn.split("::")[2] ?? "").replace(/^kubernetes:/, "");
}

void main(new KubernetesStandIn(), process.argv.slice(2));
