import { z } from "zod";

/*
 * What we render, as Kargo 1.11 and Argo take it, and no more: a field that stands here is one that we set. The tests hold
 * every document also against Kargo's own CRDs and schemas.
 */

const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
/** Labels, and what Kargo makes labels of: names of projects, Warehouses and Stages. */
const dnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
const duration = z.string().regex(/^([0-9]+(\.[0-9]+)?(s|m|h))+$/);
const digestReference = z.string().regex(/^[^@\s]+@sha256:[0-9a-f]{64}$/);
const strings = z.record(z.string(), z.string());

const namespaced = z.strictObject({
  name: dnsLabel,
  namespace: dnsLabel,
  annotations: strings.exactOptional(),
  labels: strings.exactOptional(),
});

const namespace = z.strictObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("Namespace"),
  metadata: z.strictObject({
    name: dnsLabel,
    labels: z.strictObject({ "kargo.akuity.io/project": z.literal("true") }),
    annotations: strings.exactOptional(),
  }),
});

const project = z.strictObject({
  apiVersion: z.literal("kargo.akuity.io/v1alpha1"),
  kind: z.literal("Project"),
  metadata: z.strictObject({ name: dnsLabel, annotations: strings.exactOptional() }),
});

const genericReceiver = z.strictObject({
  name: dnsName,
  generic: z.strictObject({
    secretRef: z.strictObject({ name: dnsName }),
    actions: z
      .array(
        z.strictObject({
          action: z.literal("Refresh"),
          whenExpression: z.string().min(1),
          targetSelectionCriteria: z
            .array(
              z.strictObject({
                kind: z.literal("Warehouse"),
                indexSelector: z.strictObject({
                  matchIndices: z
                    .array(
                      z.strictObject({
                        key: z.literal("subscribedURLs"),
                        operator: z.literal("Equals"),
                        value: z.string().min(1),
                      }),
                    )
                    .min(1),
                }),
              }),
            )
            .min(1),
        }),
      )
      .min(1),
  }),
});

const projectConfig = z.strictObject({
  apiVersion: z.literal("kargo.akuity.io/v1alpha1"),
  kind: z.literal("ProjectConfig"),
  metadata: namespaced,
  spec: z.strictObject({
    promotionPolicies: z
      .array(
        z.strictObject({
          stageSelector: z.strictObject({ matchLabels: strings }),
          autoPromotionEnabled: z.boolean(),
        }),
      )
      .min(1),
    webhookReceivers: z.array(genericReceiver).min(1),
  }),
});

const subscription = z.strictObject({
  image: z.strictObject({
    repoURL: z.string().regex(/^(\w+([.-]\w+)*(:\d+)?\/)?(\w+([.-]\w+)*)(\/\w+([.-]\w+)*)*$/),
    imageSelectionStrategy: z.enum(["Digest", "NewestBuild", "SemVer"]),
    constraint: z.string().min(1).exactOptional(),
    strictSemvers: z.boolean().exactOptional(),
    allowTagsRegexes: z.array(z.string().min(1)).min(1).exactOptional(),
    ignoreTagsRegexes: z.array(z.string().min(1)).min(1).exactOptional(),
    platform: z
      .string()
      .regex(/^\w+\/\w+$/)
      .exactOptional(),
    discoveryLimit: z.int().min(1).max(100),
  }),
});

const warehouse = z.strictObject({
  apiVersion: z.literal("kargo.akuity.io/v1alpha1"),
  kind: z.literal("Warehouse"),
  metadata: namespaced,
  spec: z.strictObject({
    interval: duration,
    freightCreationPolicy: z.literal("Automatic"),
    subscriptions: z.array(subscription).min(1).max(1),
  }),
});

const httpStep = z.strictObject({
  uses: z.literal("http"),
  as: z.string().min(1),
  config: z.strictObject({
    method: z.literal("POST"),
    url: z.url(),
    headers: z.array(z.strictObject({ name: z.string().min(1), value: z.string().min(1) })),
    body: z.string().min(1),
    successExpression: z.string().min(1),
  }),
});

const stage = z.strictObject({
  apiVersion: z.literal("kargo.akuity.io/v1alpha1"),
  kind: z.literal("Stage"),
  metadata: namespaced,
  spec: z.strictObject({
    requestedFreight: z
      .array(
        z.strictObject({
          origin: z.strictObject({ kind: z.literal("Warehouse"), name: dnsLabel }),
          // No requiredSoakTime: the engine's clock is the only one.
          sources: z.strictObject({ direct: z.literal(true) }),
        }),
      )
      .min(1)
      .max(1),
    promotionTemplate: z.strictObject({ spec: z.strictObject({ steps: z.array(httpStep).min(1) }) }),
    verification: z.strictObject({
      analysisTemplates: z.array(z.strictObject({ kind: z.literal("AnalysisTemplate"), name: dnsName })).min(1),
      args: z.array(z.strictObject({ name: z.string().min(1), value: z.string().min(1) })),
    }),
  }),
});

const securityContext = z.strictObject({
  allowPrivilegeEscalation: z.literal(false),
  readOnlyRootFilesystem: z.literal(true),
  capabilities: z.strictObject({ drop: z.tuple([z.literal("ALL")]) }),
});
const container = z.strictObject({
  name: dnsName,
  image: digestReference,
  args: z.array(z.string()).exactOptional(),
  command: z.array(z.string()).exactOptional(),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })).exactOptional(),
  volumeMounts: z.array(
    z.strictObject({ name: dnsName, mountPath: z.string().startsWith("/"), readOnly: z.literal(true).exactOptional() }),
  ),
  resources: z.strictObject({ requests: strings, limits: strings }),
  securityContext,
});

const analysisTemplate = z.strictObject({
  apiVersion: z.literal("argoproj.io/v1alpha1"),
  kind: z.literal("AnalysisTemplate"),
  metadata: namespaced,
  spec: z.strictObject({
    args: z.array(z.strictObject({ name: z.string().min(1) })),
    metrics: z
      .array(
        z.strictObject({
          name: z.string().min(1),
          interval: duration,
          failureLimit: z.int(),
          consecutiveSuccessLimit: z.int().min(1),
          provider: z.strictObject({
            job: z.strictObject({
              spec: z.strictObject({
                backoffLimit: z.literal(0),
                activeDeadlineSeconds: z.int().min(1),
                ttlSecondsAfterFinished: z.int().min(0),
                template: z.strictObject({
                  spec: z.strictObject({
                    restartPolicy: z.literal("Never"),
                    automountServiceAccountToken: z.literal(false),
                    securityContext: z.strictObject({
                      runAsNonRoot: z.literal(true),
                      runAsUser: z.int().min(1),
                      runAsGroup: z.int().min(1),
                      fsGroup: z.int().min(1),
                      seccompProfile: z.strictObject({ type: z.literal("RuntimeDefault") }),
                    }),
                    initContainers: z.array(container).min(1),
                    containers: z.array(container).min(1),
                    volumes: z.array(
                      z.union([
                        z.strictObject({ name: dnsName, emptyDir: z.strictObject({ sizeLimit: z.string() }) }),
                        z.strictObject({
                          name: dnsName,
                          secret: z.strictObject({ secretName: dnsName, defaultMode: z.int() }),
                        }),
                      ]),
                    ),
                  }),
                }),
              }),
            }),
          }),
        }),
      )
      .min(1),
  }),
});

const application = z.strictObject({
  apiVersion: z.literal("argoproj.io/v1alpha1"),
  kind: z.literal("Application"),
  metadata: namespaced,
  spec: z.strictObject({
    project: z.string().min(1),
    source: z.strictObject({ repoURL: z.url(), path: z.string().min(1), targetRevision: z.string().min(1) }),
    destination: z.strictObject({ server: z.url(), namespace: dnsLabel }),
    syncPolicy: z.strictObject({
      automated: z.strictObject({ prune: z.boolean(), selfHeal: z.boolean() }),
      syncOptions: z.array(z.string()),
    }),
  }),
});

/** Every kind of document that we render. There is no Secret among them: they are named, never written. */
export const kargoDocument = z.discriminatedUnion("kind", [
  namespace,
  project,
  projectConfig,
  warehouse,
  stage,
  analysisTemplate,
  application,
]);

export type SecurityContext = z.infer<typeof securityContext>;
export type Namespace = z.infer<typeof namespace>;
export type Project = z.infer<typeof project>;
export type ProjectConfig = z.infer<typeof projectConfig>;
export type Warehouse = z.infer<typeof warehouse>;
export type Stage = z.infer<typeof stage>;
export type AnalysisTemplate = z.infer<typeof analysisTemplate>;
export type Application = z.infer<typeof application>;
export type KargoDocument = z.infer<typeof kargoDocument>;
