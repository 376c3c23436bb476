import { isRecord } from "../documents.js";
import type { Finding, ResourceRule } from "../resource-rule.js";
import { rulePage } from "../rule.js";

export const trustedWorkloads: ResourceRule = {
  id: "trusted-workloads",
  title: "Workloads run our own images, and not as root",
  description:
    "On a stack that is not local, everything that runs on Kubernetes has to run a digest of the stack's registry, or one that its settings name, as a user that is not root.",
  remedy: "Take the image from a VerifiedImage, and set securityContext.runAsNonRoot.",
  url: rulePage("trusted-workloads"),
  types: /^kubernetes:(?:core\/v1:Pod|(?:apps|batch)\/\w+:\w+)$/,
  findings: ({ props }, { development, pinned, registry }) => {
    if (development) return [];
    return podSpecs(props).flatMap((spec) => {
      const found: Finding[] = [];
      for (const key of ["hostNetwork", "hostPID", "hostIPC"]) {
        if (spec[key] === true) found.push({ message: `${key} is true.`, remedy: `Remove ${key}.` });
      }
      for (const container of containersOf(spec)) found.push(...judge(container, spec, registry, pinned));
      return found;
    });
  },
};

type Plain = Readonly<Record<string, unknown>>;

function judge(container: Plain, spec: Plain, registry: string, pinned: readonly string[]): readonly Finding[] {
  const name = String(container.name);
  const found: Finding[] = [];
  const { image } = container;
  if (typeof image === "string" && !pinned.includes(image)) {
    if (!image.startsWith(`${registry}/`) || !/@sha256:[0-9a-f]{64}$/.test(image)) {
      const message = `container ${name} runs ${image}; allowed are digests of ${registry}, and what the settings name.`;
      found.push({ message, remedy: "Build it here, or name it by digest in factory:cloud (runners.image)." });
    }
  }
  const own = isRecord(container.securityContext) ? container.securityContext : {};
  const pod = isRecord(spec.securityContext) ? spec.securityContext : {};
  const user = own.runAsUser ?? pod.runAsUser;
  if ((own.runAsNonRoot ?? pod.runAsNonRoot) !== true || user === 0) {
    const message = `container ${name} may run as root.`;
    found.push({ message, remedy: "Set securityContext.runAsNonRoot to true, and no runAsUser 0." });
  }
  if (own.privileged === true || own.allowPrivilegeEscalation === true) {
    const message = `container ${name} has rights of the node's root.`;
    found.push({ message, remedy: "Remove privileged and allowPrivilegeEscalation." });
  }
  return found;
}

/** The pod's own, the template's, and the template of a job that a schedule makes. */
function podSpecs({ spec }: Plain): readonly Plain[] {
  if (!isRecord(spec)) return [];
  if ("containers" in spec) return [spec];
  for (const key of ["template", "jobTemplate"]) {
    const inner = spec[key];
    if (isRecord(inner)) return podSpecs(inner);
  }
  return [];
}

function containersOf(spec: Plain): readonly Plain[] {
  return ["containers", "initContainers", "ephemeralContainers"].flatMap((key) => {
    const list = spec[key];
    return Array.isArray(list) ? list.filter(isRecord) : [];
  });
}
