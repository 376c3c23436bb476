import * as kubernetes from "@pulumi/kubernetes/apiextensions";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";
import {
  BUILDKIT_PORT,
  type BuilderInstance,
  type BuildSource,
  builderInstances,
  daemonConfig,
  daemonHost,
  type PoolName,
  poolsOf,
} from "../../domain/cloud/buildkit.js";
import type { PoolSettings, RunnerSettings } from "../../domain/settings/cloud.js";

export interface BuildRunnersArgs {
  readonly runners: RunnerSettings;
  /** Name of the builder, as the settings have it; the GPU's is `<builder>-gpu`. */
  readonly builder: string;
  readonly source: BuildSource;
}

const SERVER_TLS = "/etc/buildkit/tls";
const USER = 1000;

/**
 * BuildKit on Kubernetes: a pool of daemons for each platform, on nodes of that platform, and one with GPUs. Daemons run
 * without root and speak only to who shows a client's certificate, from pods that are labelled as clients. A daemon keeps
 * cache and records on a volume of its own, so pods are not scaled by load: nodes are, by the cluster's own autoscaler.
 * cert-manager has to be there.
 *
 * ```ts
 * const { builders } = new BuildRunners("runners", { runners, builder: "factory", source: settings }, { provider });
 * ```
 */
export class BuildRunners extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:builds:BuildRunners";

  /** Files for `$BUILDX_CONFIG/instances`, by name. */
  readonly builders: pulumi.Output<Readonly<Record<string, BuilderInstance>>>;

  constructor(name: string, args: BuildRunnersArgs, opts?: pulumi.ComponentResourceOptions) {
    super(BuildRunners.__pulumiType, name, {}, opts);
    const { runners } = args;
    const { namespace } = runners;
    const space = new core.Namespace(
      `${name}-namespace`,
      {
        // A rootless daemon needs a seccomp profile that lets it make namespaces, which "restricted" does not allow.
        metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
      },
      { parent: this },
    );
    const inside = { parent: this, dependsOn: space };
    const issuer = this.authority(name, namespace, inside);
    const signed = { parent: this, dependsOn: issuer };
    this.certificate(
      `${name}-client`,
      namespace,
      "buildkit-client",
      { commonName: "client", usages: ["client auth"] },
      signed,
    );
    this.closeNetwork(name, runners, inside);

    const hosts = new Map<PoolName, pulumi.Output<readonly string[]>>();
    for (const [pool, settings] of poolsOf(runners)) {
      const daemons = Array.from({ length: settings.replicas }, (_, index) => daemonHost(runners, pool, index));
      this.certificate(
        `${name}-${pool}-tls`,
        namespace,
        `buildkit-${pool}-tls`,
        { commonName: `buildkit-${pool}`, dnsNames: daemons, usages: ["server auth"] },
        signed,
      );
      const set = this.daemons(`${name}-${pool}`, args, pool, settings, inside);
      hosts.set(
        pool,
        set.id.apply(() => daemons),
      );
    }
    this.builders = pulumi
      .all(Object.fromEntries(hosts))
      .apply((known) => builderInstances(args.builder, runners, (pool) => known[pool] ?? []));
    this.registerOutputs();
  }

  /** An authority of this namespace's own, whose key stays in the cluster. */
  private authority(name: string, namespace: string, opts: pulumi.CustomResourceOptions): pulumi.Resource {
    const self = this.issuer(`${name}-self`, namespace, "buildkit-self", { selfSigned: {} }, opts);
    const ca = this.certificate(
      `${name}-ca`,
      namespace,
      "buildkit-ca",
      { commonName: "buildkit", isCA: true, usages: ["cert sign"], issuer: "buildkit-self", years: 5 },
      { parent: this, dependsOn: self },
    );
    return this.issuer(
      `${name}-issuer`,
      namespace,
      "buildkit",
      { ca: { secretName: "buildkit-ca" } },
      { parent: this, dependsOn: ca },
    );
  }

  private issuer(
    name: string,
    namespace: string,
    called: string,
    spec: object,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource {
    const metadata = { name: called, namespace };
    return new kubernetes.CustomResource(
      name,
      { apiVersion: "cert-manager.io/v1", kind: "Issuer", metadata, spec },
      opts,
    );
  }

  private certificate(
    name: string,
    namespace: string,
    called: string,
    asked: {
      readonly commonName: string;
      readonly usages: readonly string[];
      readonly dnsNames?: readonly string[];
      readonly isCA?: boolean;
      readonly issuer?: string;
      readonly years?: number;
    },
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource {
    const { issuer = "buildkit", years, ...rest } = asked;
    return new kubernetes.CustomResource(
      name,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name: called, namespace },
        spec: {
          ...rest,
          secretName: called,
          duration: years === undefined ? "2160h" : `${years * 8760}h`,
          privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
          issuerRef: { name: issuer, kind: "Issuer" },
        },
      },
      opts,
    );
  }

  /** Clients in; out: names, and registries by TLS. Builds themselves have no network at all. */
  private closeNetwork(name: string, { namespace, clients }: RunnerSettings, opts: pulumi.CustomResourceOptions): void {
    new networking.NetworkPolicy(
      `${name}-network`,
      {
        metadata: { name: "buildkit", namespace },
        spec: {
          podSelector: { matchLabels: { "app.kubernetes.io/name": "buildkit" } },
          policyTypes: ["Ingress", "Egress"],
          ingress: [
            {
              from: [{ namespaceSelector: {}, podSelector: { matchLabels: clients } }],
              ports: [{ protocol: "TCP", port: BUILDKIT_PORT }],
            },
          ],
          egress: [
            {
              to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }],
              ports: [
                { protocol: "UDP", port: 53 },
                { protocol: "TCP", port: 53 },
              ],
            },
            {
              to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.169.254/32"] } }],
              ports: [{ protocol: "TCP", port: 443 }],
            },
          ],
        },
      },
      opts,
    );
  }

  private daemons(
    name: string,
    { runners, source }: BuildRunnersArgs,
    pool: PoolName,
    settings: PoolSettings,
    opts: pulumi.CustomResourceOptions,
  ): apps.StatefulSet {
    const { namespace } = runners;
    const called = `buildkit-${pool}`;
    const labels = { "app.kubernetes.io/name": "buildkit", "image-factory/pool": pool };
    const metadata = { name: called, namespace, labels };
    const config = new core.ConfigMap(
      `${name}-config`,
      { metadata, data: { "buildkitd.toml": daemonConfig(pool, settings, source) } },
      opts,
    );
    new core.Service(
      `${name}-service`,
      {
        metadata,
        spec: { clusterIP: "None", selector: labels, ports: [{ name: "buildkit", port: BUILDKIT_PORT }] },
      },
      opts,
    );
    new policy.PodDisruptionBudget(
      `${name}-budget`,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
      opts,
    );
    return new apps.StatefulSet(
      `${name}-daemons`,
      {
        metadata,
        spec: {
          serviceName: called,
          replicas: settings.replicas,
          podManagementPolicy: "Parallel",
          selector: { matchLabels: labels },
          template: { metadata: { labels, annotations: KEEP }, spec: podSpec(runners, pool, settings) },
          volumeClaimTemplates: [
            {
              metadata: { name: "cache" },
              spec: {
                accessModes: ["ReadWriteOnce"],
                storageClassName: runners.storageClass,
                resources: { requests: { storage: `${settings.cacheGi}Gi` } },
              },
            },
          ],
        },
      },
      { ...opts, dependsOn: config },
    );
  }
}

/** Autoscalers leave a node alone while a daemon may be building on it. */
const KEEP = { "karpenter.sh/do-not-disrupt": "true", "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" };

function podSpec({ image }: RunnerSettings, pool: PoolName, settings: PoolSettings) {
  const gpu = pool === "gpu";
  const resources = {
    cpu: String(settings.cpu),
    memory: `${settings.memoryGi}Gi`,
    ...(gpu ? { "nvidia.com/gpu": "1" } : {}),
  };
  return {
    nodeSelector: { "kubernetes.io/arch": pool === "arm64" ? "arm64" : "amd64", ...settings.nodes },
    ...(gpu ? { tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }] } : {}),
    automountServiceAccountToken: false,
    securityContext: { runAsUser: USER, runAsGroup: USER, runAsNonRoot: true, fsGroup: USER },
    // A build that runs is finished before the pod goes.
    terminationGracePeriodSeconds: 1800,
    containers: [
      {
        name: "buildkitd",
        image,
        args: [
          "--addr=unix:///run/user/1000/buildkit/buildkitd.sock",
          `--addr=tcp://0.0.0.0:${BUILDKIT_PORT}`,
          `--tlscacert=${SERVER_TLS}/ca.crt`,
          `--tlscert=${SERVER_TLS}/tls.crt`,
          `--tlskey=${SERVER_TLS}/tls.key`,
          "--config=/etc/buildkit/buildkitd.toml",
          "--oci-worker-no-process-sandbox",
        ],
        ports: [{ name: "buildkit", containerPort: BUILDKIT_PORT }],
        readinessProbe: { exec: { command: ["buildctl", "debug", "workers"] }, periodSeconds: 10 },
        resources: {
          requests: resources,
          limits: { memory: resources.memory, ...(gpu ? { "nvidia.com/gpu": "1" } : {}) },
        },
        // Without root the daemon makes namespaces of its own, which the default profiles forbid.
        securityContext: {
          runAsNonRoot: true,
          runAsUser: USER,
          privileged: false,
          seccompProfile: { type: "Unconfined" },
          appArmorProfile: { type: "Unconfined" },
        },
        volumeMounts: [
          { name: "cache", mountPath: "/home/user/.local/share/buildkit" },
          { name: "config", mountPath: "/etc/buildkit/buildkitd.toml", subPath: "buildkitd.toml", readOnly: true },
          { name: "tls", mountPath: SERVER_TLS, readOnly: true },
          ...(gpu ? [{ name: "cdi", mountPath: "/etc/cdi", readOnly: true }] : []),
        ],
      },
    ],
    volumes: [
      { name: "config", configMap: { name: `buildkit-${pool}` } },
      { name: "tls", secret: { secretName: `buildkit-${pool}-tls` } },
      ...(gpu ? [{ name: "cdi", hostPath: { path: "/etc/cdi", type: "Directory" } }] : []),
    ],
  };
}
