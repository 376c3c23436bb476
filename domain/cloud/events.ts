import type { CloudSettings } from "../settings/cloud.js";
import type { CloudNames } from "./names.js";

/** What makes the factory look again. An event is a hint only: the rebuild engine decides, from what it sees itself. */
export type Cause = "released" | "upstream" | "vulnerability" | "due";

/** A rule of EventBridge, and what it tells of an event. */
export interface TriggerRule {
  readonly cause: Cause;
  readonly description: string;
  /** As EventBridge has it. */
  readonly pattern: Readonly<Record<string, unknown>>;
  /** JSON paths into the event, by the name that they get in `client_payload`. A pattern matches only what has them all. */
  readonly tells: Readonly<Record<string, string>>;
}

/** The event that the Scheduler's alarm sends to the account's own bus. */
export const DUE_EVENT = { source: "image-factory", detailType: "Rebuild Due" } as const;

/**
 * Everything that a stack listens to. Our own pushes count only where they move the channel's tag: neither candidates nor
 * signatures carry it, and so nothing that the factory does starts the factory.
 */
export function triggerRules(
  { account, upstreams }: CloudSettings,
  { repositories }: Pick<CloudNames, "repositories">,
  channel: string,
): readonly TriggerRule[] {
  const caches = Object.keys(upstreams).map((name) => ({ prefix: `${name}/` }));
  const rules: TriggerRule[] = [
    {
      cause: "released",
      description: "the channel's tag of one of our images moved",
      pattern: {
        account: [account],
        source: ["aws.ecr"],
        "detail-type": ["ECR Image Action"],
        detail: {
          "action-type": ["PUSH"],
          result: ["SUCCESS"],
          "repository-name": [{ prefix: `${repositories}/` }],
          "image-tag": [channel],
          "image-digest": [{ exists: true }],
        },
      },
      tells: { repository: "$.detail.repository-name", tag: "$.detail.image-tag", digest: "$.detail.image-digest" },
    },
    {
      cause: "vulnerability",
      description: "Inspector found something grave in one of our images",
      pattern: {
        account: [account],
        source: ["aws.inspector2"],
        "detail-type": ["Inspector2 Finding"],
        detail: {
          status: ["ACTIVE"],
          type: ["PACKAGE_VULNERABILITY"],
          severity: ["HIGH", "CRITICAL"],
          resources: { details: { awsEcrContainerImage: { repositoryName: [{ prefix: `${repositories}/` }] } } },
        },
      },
      tells: {
        severity: "$.detail.severity",
        title: "$.detail.title",
        finding: "$.detail.findingArn",
        resource: "$.detail.resources[0].id",
      },
    },
    {
      cause: "due",
      description: "the rebuild engine asked to be called at this time",
      pattern: { account: [account], source: [DUE_EVENT.source], "detail-type": [DUE_EVENT.detailType] },
      tells: { due: "$.detail.due" },
    },
  ];
  if (caches.length === 0) return rules;
  const upstream: TriggerRule = {
    cause: "upstream",
    description: "a pull-through cache fetched an image",
    pattern: {
      account: [account],
      source: ["aws.ecr"],
      "detail-type": ["ECR Pull Through Cache Action"],
      detail: {
        "sync-status": ["SUCCESS"],
        "repository-name": caches,
        "image-tag": [{ exists: true }],
        "image-digest": [{ exists: true }],
      },
    },
    tells: { repository: "$.detail.repository-name", tag: "$.detail.image-tag", digest: "$.detail.image-digest" },
  };
  return [...rules, upstream];
}

/** The `event_type` of every dispatch; workflows listen to it (`on: repository_dispatch: types:`). */
export const DISPATCH_EVENT = "factory-look";

/** What GitHub takes of a repository_dispatch at most. */
export const DISPATCH_LIMITS = { eventType: 100, topLevelKeys: 10, payloadBytes: 65_535 } as const;

/** How EventBridge makes the body of GitHub's repository_dispatch of an event. */
export interface InputTransformer {
  readonly inputPaths: Readonly<Record<string, string>>;
  readonly inputTemplate: string;
}

export function dispatchTransformer({ cause, tells }: TriggerRule): InputTransformer {
  const inputPaths = { event: "$.id", time: "$.time", ...tells };
  // What is between angle brackets EventBridge writes with quotes where it is text.
  const told = Object.keys(inputPaths).map((name) => `${JSON.stringify(name)}: <${name}>`);
  const payload = [`"cause": ${JSON.stringify(cause)}`, ...told].join(", ");
  return { inputPaths, inputTemplate: `{"event_type": "${DISPATCH_EVENT}", "client_payload": {${payload}}}` };
}
