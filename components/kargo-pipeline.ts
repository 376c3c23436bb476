import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Namespace } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import type { KargoDocument } from "../domain/kargo/models.js";

export interface KargoPipelineArgs {
  /** What `kargoFiles` makes, of all its files. */
  readonly documents: readonly KargoDocument[];
}

/**
 * The Kargo pipeline of a project, applied by Pulumi; where Argo CD applies the rendered files, only its Application is. The
 * Secrets that it names have to be there already.
 *
 * ```ts
 * new KargoPipeline("kargo", { documents: files.flatMap(({ documents }) => documents) }, { provider: cluster });
 * ```
 */
export class KargoPipeline extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:delivery:KargoPipeline";

  /** Names of the Warehouses. */
  readonly warehouses: pulumi.Output<readonly string[]>;

  constructor(name: string, { documents }: KargoPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
    super(KargoPipeline.__pulumiType, name, {}, opts);
    const names: pulumi.Output<string>[] = [];
    // What makes the namespace a project comes first: Kargo refuses documents in a namespace that is none.
    const before: pulumi.Resource[] = [];
    for (const document of [...documents].sort((left, right) => order(left) - order(right))) {
      const child = `${name}-${document.kind.toLowerCase()}-${document.metadata.name}`;
      const options = { parent: this, dependsOn: [...before] };
      if (document.kind === "Namespace") {
        before.push(new Namespace(child, { metadata: document.metadata }, options));
        continue;
      }
      const resource = new CustomResource(child, document, options);
      if (document.kind === "Project") before.push(resource);
      if (document.kind === "Warehouse") names.push(resource.metadata.name);
    }
    this.warehouses = pulumi.all(names);
    this.registerOutputs({ warehouses: this.warehouses });
  }
}

function order({ kind }: KargoDocument): number {
  return kind === "Namespace" ? 0 : kind === "Project" ? 1 : 2;
}
