import type { AnalysisTemplate, Application, Namespace, Project, ProjectConfig, SecurityContext } from "./models.js";
import type { KargoSettings } from "./settings.js";

/** Name of the template that asks whether a digest is adopted. */
export const ADOPTED = "adopted";
/** Label of the Stages that Kargo promotes to by itself. */
export const WATCHED = { "image-factory.dev/watches": "image" } as const;

/** The uid of images of ours. */
const NONROOT = 65532;

/** Argo CD makes the namespace first, then the project, then the rest. */
function wave(number: number) {
  return { "argocd.argoproj.io/sync-wave": String(number) };
}

/** The namespace that Kargo takes for the project's, because of its label. */
export function namespaceOf({ project }: KargoSettings): Namespace {
  const labels = { "kargo.akuity.io/project": "true" } as const;
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: project, labels, annotations: wave(-2) } };
}

export function projectOf({ project }: KargoSettings): Project {
  const metadata = { name: project, annotations: wave(-1) };
  return { apiVersion: "kargo.akuity.io/v1alpha1", kind: "Project", metadata };
}

/** What a receiver is told: the event of an ECR registry as EventBridge sends it, or `{"repoURL": "..."}` from anybody else. */
const PUSHES = [
  {
    // Signatures, attestations and the manifests of platforms have no tag.
    whenExpression:
      'request.body.source == "aws.ecr" && request.body.detail["action-type"] == "PUSH" && "image-tag" in request.body.detail',
    repository:
      'request.body.account + ".dkr.ecr." + request.body.region + ".amazonaws.com/" + request.body.detail["repository-name"]',
  },
  { whenExpression: '"repoURL" in request.body', repository: "request.body.repoURL" },
];

/** New freight goes to its Stage by itself. Registries that cannot call Kargo have their events sent to a generic receiver. */
export function projectConfigOf({ project, secrets }: KargoSettings): ProjectConfig {
  const actions = PUSHES.map(({ repository, whenExpression }) => {
    const value = `\${{ normalizeImage(${repository}) }}`;
    const matchIndices = [{ key: "subscribedURLs" as const, operator: "Equals" as const, value }];
    const targetSelectionCriteria = [{ kind: "Warehouse" as const, indexSelector: { matchIndices } }];
    return { action: "Refresh" as const, whenExpression, targetSelectionCriteria };
  });
  return {
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "ProjectConfig",
    metadata: { name: project, namespace: project },
    spec: {
      promotionPolicies: [{ stageSelector: { matchLabels: { ...WATCHED } }, autoPromotionEnabled: true }],
      webhookReceivers: [{ name: "image-pushed", generic: { secretRef: { name: secrets.webhook }, actions } }],
    },
  };
}

/**
 * Asks the factory itself, once an hour until it says yes: a job of ours on a clone of the state branch. How long a digest soaks
 * is the engine's to know, so nothing here counts days, and a job that says no is no failure.
 */
export function analysisTemplateOf({
  image,
  project,
  repository,
  secrets,
  stateBranch,
}: KargoSettings): AnalysisTemplate {
  const securityContext: SecurityContext = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  };
  const resources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } };
  const clone = [
    "clone",
    "--quiet",
    "--depth",
    "1",
    "--single-branch",
    "--branch",
    stateBranch,
    "--",
    repository,
    "/state/clone",
  ];
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AnalysisTemplate",
    metadata: { name: ADOPTED, namespace: project },
    spec: {
      args: [{ name: "image" }, { name: "digest" }],
      metrics: [
        {
          name: ADOPTED,
          interval: "1h",
          failureLimit: -1,
          consecutiveSuccessLimit: 1,
          provider: {
            job: {
              spec: {
                backoffLimit: 0,
                activeDeadlineSeconds: 600,
                ttlSecondsAfterFinished: 3600,
                template: {
                  spec: {
                    restartPolicy: "Never",
                    automountServiceAccountToken: false,
                    securityContext: {
                      runAsNonRoot: true,
                      runAsUser: NONROOT,
                      runAsGroup: NONROOT,
                      fsGroup: NONROOT,
                      seccompProfile: { type: "RuntimeDefault" },
                    },
                    initContainers: [
                      {
                        name: "clone",
                        image,
                        command: ["git"],
                        args: clone,
                        env: [
                          { name: "GIT_TERMINAL_PROMPT", value: "0" },
                          { name: "GIT_CONFIG_COUNT", value: "1" },
                          // A credential helper would need a shell.
                          { name: "GIT_CONFIG_KEY_0", value: "include.path" },
                          { name: "GIT_CONFIG_VALUE_0", value: "/credentials/config" },
                        ],
                        volumeMounts: [
                          { name: "state", mountPath: "/state" },
                          { name: "credentials", mountPath: "/credentials", readOnly: true },
                        ],
                        resources,
                        securityContext,
                      },
                    ],
                    containers: [
                      {
                        name: "factory",
                        image,
                        args: ["adopted", "{{args.image}}", "{{args.digest}}", "--state", "/state/clone/state"],
                        volumeMounts: [{ name: "state", mountPath: "/state", readOnly: true }],
                        resources,
                        securityContext,
                      },
                    ],
                    volumes: [
                      { name: "state", emptyDir: { sizeLimit: "1Gi" } },
                      { name: "credentials", secret: { secretName: secrets.state, defaultMode: 0o440 } },
                    ],
                  },
                },
              },
            },
          },
        },
      ],
    },
  };
}

/** Brings the folder of this repository into the cluster, and takes out of the cluster what left the folder. */
export function applicationOf({ argocd, branch, path, project, repository }: KargoSettings): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: project, namespace: argocd.namespace },
    spec: {
      project: argocd.project,
      source: { repoURL: repository, path: `${path}/pipeline`, targetRevision: branch },
      destination: { server: argocd.server, namespace: project },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ["ServerSideApply=true"],
      },
    },
  };
}
