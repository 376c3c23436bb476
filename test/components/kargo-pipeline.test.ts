import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { KargoPipeline } from "../../components/kargo-pipeline.js";
import { kargoFiles } from "../../domain/kargo/render.js";
import { kargoSchema } from "../../domain/kargo/settings.js";

const settings = kargoSchema.parse({
  project: "image-factory",
  repository: "https://github.com/example/images",
  image: `registry.example.com/factory@sha256:${"1".repeat(64)}`,
  dispatch: "https://api.github.com/repos/example/images/dispatches",
});
const watched = ["debian:12", "nginx:1.29"].map((name) => ({
  image: `docker.io/library/${name}`,
  repository: { repoURL: `docker.io/library/${name.split(":")[0]}`, allowTags: `^${name.split(":")[1]}$` },
}));

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

describe("KargoPipeline", () => {
  const registered: Registered[] = [];
  let warehouses: readonly string[] = [];

  before(async () => {
    await pulumi.runtime.setMocks(
      {
        newResource: async ({ type, name, inputs }) => {
          const ours = /^kubernetes:(kargo\.akuity\.io|argoproj\.io)\/v1alpha1:/.test(type);
          const isFirst = /:(Namespace|Project)$/.test(type);
          if (!ours && !isFirst && type !== KargoPipeline.__pulumiType) throw new Error(`nothing makes a ${type}`);
          // Whoever does not wait for these is registered while they are being made.
          for (let turn = 0; isFirst && turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
          registered.push({ type, name, inputs });
          return { id: name, state: inputs };
        },
        call: ({ token }) => {
          throw new Error(`nothing calls ${token}`);
        },
      },
      "factory",
      "staging",
    );
    const documents = kargoFiles(watched, settings).flatMap((file) => file.documents);
    const pipeline = new KargoPipeline("kargo", { documents });
    warehouses = await new Promise((resolve) => pipeline.warehouses.apply(resolve));
    await pulumi.runtime.disconnect();
  });

  it("makes every document, under its own name and kind", () => {
    const made = registered.map(({ type, name }) => `${type} ${name.replace(/-[0-9a-f]{8}$/, "")}`).sort();
    assert.deepEqual(made, [
      "factory:delivery:KargoPipeline kargo",
      "kubernetes:argoproj.io/v1alpha1:AnalysisTemplate kargo-analysistemplate-adopted",
      "kubernetes:argoproj.io/v1alpha1:Application kargo-application-image-factory",
      "kubernetes:core/v1:Namespace kargo-namespace-image-factory",
      "kubernetes:kargo.akuity.io/v1alpha1:Project kargo-project-image-factory",
      "kubernetes:kargo.akuity.io/v1alpha1:ProjectConfig kargo-projectconfig-image-factory",
      "kubernetes:kargo.akuity.io/v1alpha1:Stage kargo-stage-debian-12",
      "kubernetes:kargo.akuity.io/v1alpha1:Stage kargo-stage-nginx-1-29",
      "kubernetes:kargo.akuity.io/v1alpha1:Warehouse kargo-warehouse-debian-12",
      "kubernetes:kargo.akuity.io/v1alpha1:Warehouse kargo-warehouse-nginx-1-29",
    ]);
    const stage = registered.find(({ name }) => name.startsWith("kargo-stage-debian"));
    assert.match(JSON.stringify(stage?.inputs), /"verification"/);
    assert.deepEqual(
      warehouses.map((name) => name.replace(/-[0-9a-f]{8}$/, "")),
      ["debian-12", "nginx-1-29"],
    );
  });

  it("makes the namespace first, then the project, then the rest", () => {
    const kinds = registered.map(({ type }) => type.split(":").at(-1));
    assert.deepEqual(kinds.slice(0, 3), ["KargoPipeline", "Namespace", "Project"]);
    assert.equal(kinds.length, 10);
  });
});
