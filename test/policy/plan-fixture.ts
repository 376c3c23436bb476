import assert from "node:assert/strict";
import { buildCatalogue } from "../../domain/catalogue/build.js";
import type { ImageFolder } from "../../domain/catalogue/files.js";
import { variantId } from "../../domain/catalogue/types.js";
import { parseDockerfile } from "../../domain/dockerfile/parse.js";
import { buildGraph } from "../../domain/graph/build.js";
import type { Pin } from "../../domain/pins/types.js";
import { buildPlan } from "../../domain/plan/build-plan.js";
import type { BuildPlan, PlannedImage, Revision } from "../../domain/plan/types.js";
import { checkPolicies } from "../../domain/policy/check.js";
import { DEFAULT_REQUIRED_LABELS, type PolicyConfig } from "../../domain/policy/rule.js";
import { formatPlace } from "../../domain/problems.js";

export const TODAY = "2026-11-21";
export const DIGEST = `sha256:${"a".repeat(64)}`;

/** A project of one base and one application image that keeps to every rule. */
export const compliant = {
  base: ["FROM factory.invalid/pool/python AS pool", "FROM scratch", "COPY --from=pool / /", "USER 65532:65532"],
  app: [
    "FROM factory.invalid/python AS build",
    "ARG MODE=fast",
    "RUN --network=none python -m compileall .",
    "FROM factory.invalid/python",
    "ENV PORT=8080",
    "COPY --from=build /app /app",
    "COPY --from=docker.io/library/nginx:1.29 /etc/nginx/mime.types /etc/",
    `ADD --checksum=${DIGEST} https://example.com/model.bin /models/`,
  ] as readonly string[],
  yaml: ["description: An example"] as readonly string[],
  nginx: {
    repository: "docker.io/library/nginx",
    digest: `sha256:${"b".repeat(64)}`,
    platforms: ["linux/amd64", "linux/arm64"],
  } as Pin,
  source: "https://example.com/images",
  revision: { commit: "c".repeat(40), epoch: 1, dirty: false } as Revision,
  config: {
    allowedRegistries: ["127.0.0.1:5000", "docker.io/library"],
    requiredLabels: DEFAULT_REQUIRED_LABELS,
    harmlessNames: [],
  } as PolicyConfig,
};

export type PolicyFixture = typeof compliant;

/** The plan of a fixture, made by the real steps from text. */
export function planOf({ base, app, yaml, nginx, source, revision }: PolicyFixture): BuildPlan {
  const folders: readonly ImageFolder[] = [
    { kind: "base", name: "python", entries: ["Dockerfile"] },
    { kind: "application", name: "app", entries: ["Dockerfile", "image.yaml"], imageYaml: `${yaml.join("\n")}\n` },
  ];
  const { value: read, problems } = buildCatalogue({ folders, mixins: [], locks: [] });
  assert.deepEqual(problems, []);
  const lock = { file: "bases/python/packages.lock.json", poolDigest: DIGEST, overlay: false };
  const catalogue = {
    ...read,
    images: read.images.map((image) => (image.kind === "base" ? { ...image, lock } : image)),
  };
  const texts: Readonly<Record<string, string>> = { python: base.join("\n"), app: app.join("\n") };
  const dockerfiles = new Map(
    catalogue.images.flatMap((image) =>
      image.variants.map((variant) => {
        const text = texts[image.name] ?? "";
        return [
          variantId(image, variant),
          parseDockerfile(text, image.dockerfile, variant.args, image.platforms).value,
        ] as const;
      }),
    ),
  );
  const plan = buildPlan({
    catalogue,
    graph: buildGraph(catalogue, dockerfiles).value,
    pins: new Map([["docker.io/library/nginx:1.29", nginx]]),
    settings: { stack: "local", source, with: [], only: [] },
    sources: new Map(
      [...dockerfiles.keys()].map((id) => [
        id,
        {
          dockerfile: texts[id.split("-")[0] ?? id] ?? "",
          ignore: "",
          contextHash: "",
          contextPaths: [],
          mixinHashes: new Map(),
        },
      ]),
    ),
    revisions: {
      byDirectory: new Map(catalogue.images.map(({ directory }) => [directory, revision])),
      cutOff: [],
      ignored: new Set(),
    },
  });
  assert.deepEqual(plan.problems, []);
  assert.ok(
    plan.value.images.some(({ id }) => id === "app"),
    "the plan holds the application image",
  );
  return plan.value;
}

/** What the rules say of a fixture with something changed, as `rule file:line`, with the texts beside it. */
export function findings(
  change: Partial<PolicyFixture>,
  edit: (image: PlannedImage) => PlannedImage = (image) => image,
) {
  const fixture = { ...compliant, ...change };
  const plan = planOf(fixture);
  const edited = { ...plan, images: plan.images.map((image) => (image.id === "python" ? image : edit(image))) };
  return checkPolicies(edited, fixture.config, TODAY).map(({ rule, place, message, remedy }) => ({
    at: `${rule} ${formatPlace(place)}`,
    message,
    remedy,
  }));
}

/** The compliant application image with one line replaced; `line` counts from 1. */
export function appWith(line: number, text: string): { readonly app: readonly string[] } {
  return { app: compliant.app.with(line - 1, text) };
}

/** One row of a table: what is broken, and the one finding that it leads to. */
export interface Row {
  readonly name: string;
  readonly change: Partial<PolicyFixture>;
  readonly at: string;
  readonly message: RegExp;
  readonly remedy: RegExp;
}

/** Each row has to lead to its finding and to no other. */
export function itFinds(rows: readonly Row[]): void {
  for (const { name, change, at, message, remedy } of rows) {
    it(`refuses ${name}`, () => {
      const found = findings(change);
      assert.deepEqual(
        found.map((finding) => finding.at),
        [at],
      );
      assert.match(found[0]?.message ?? "", message);
      assert.match(found[0]?.remedy ?? "", remedy);
    });
  }
}

/** Each row has to lead to no finding at all. */
export function itAllows(rows: readonly { readonly name: string; readonly change: Partial<PolicyFixture> }[]): void {
  for (const { name, change } of rows) {
    it(`allows ${name}`, () => assert.deepEqual(findings(change), []));
  }
}
