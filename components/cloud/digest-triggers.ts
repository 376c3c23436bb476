import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as iam from "@pulumi/aws/iam";
import * as scheduler from "@pulumi/aws/scheduler";
import * as sns from "@pulumi/aws/sns";
import * as sqs from "@pulumi/aws/sqs";
import * as pulumi from "@pulumi/pulumi";
import { DUE_EVENT, dispatchTransformer, triggerRules } from "../../domain/cloud/events.js";
import { type CloudNames, type CloudStack, regionalArn } from "../../domain/cloud/names.js";
import { policyDocument } from "../../domain/cloud/policy-document.js";
import { serviceTrust } from "../../domain/cloud/roles.js";
import type { GithubSettings } from "../../domain/settings/cloud.js";

export interface DigestTriggersArgs {
  readonly settings: CloudStack;
  readonly names: CloudNames;
  readonly github: GithubSettings;
  /** GitHub's token that starts the workflow, and that the ruleset lets do nothing else. */
  readonly token: pulumi.Output<string>;
  /** When the rebuild engine wants to be asked again: ISO 8601, UTC; absent where nothing waits. */
  readonly nextDue?: string;
  readonly dataKey: pulumi.Input<string>;
}

/** EventBridge tries again for a day, which is as long as it ever does. */
const RETRY = { maximumEventAgeInSeconds: 24 * 3600, maximumRetryAttempts: 185 };

/**
 * What makes the factory look again, without a clock of its own: pushes, pull-through caches, findings of Inspector, and one
 * alarm at the time that the rebuild engine named. Everything goes to GitHub as one kind of dispatch, at most one a second.
 * What cannot be delivered for a day stays in a queue for two weeks, and somebody is told. Events are best effort: the
 * nightly reconcile finds what was lost.
 *
 * ```ts
 * new DigestTriggers("triggers", { settings, names, github, token, nextDue, dataKey });
 * ```
 */
export class DigestTriggers extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:events:DigestTriggers";

  /** ARN of the queue with what could not be delivered. */
  readonly undelivered: pulumi.Output<string>;
  /** ARN of the topic that alarms go to. */
  readonly alarms: pulumi.Output<string>;

  constructor(name: string, args: DigestTriggersArgs, opts?: pulumi.ComponentResourceOptions) {
    super(DigestTriggers.__pulumiType, name, {}, opts);
    const { settings, names, github, dataKey } = args;
    const { cloud, channel } = settings;
    const parent = { parent: this };

    const topic = new sns.Topic(`${name}-alarms`, { name: `${names.base}-alarms`, kmsMasterKeyId: dataKey }, parent);
    const queue = this.queue(name, names, cloud.account);
    this.alarm(`${name}-undelivered-alarm`, {
      name: `${names.base}-undelivered`,
      alarmDescription: "events did not reach GitHub for a day; docs/cloud.md says how to send them again",
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: queue.name },
      alarmActions: [topic.arn],
    });

    const connection = new cloudwatch.EventConnection(
      `${name}-github`,
      {
        name: `${names.base}-github`,
        authorizationType: "API_KEY",
        authParameters: {
          apiKey: { key: "Authorization", value: pulumi.interpolate`Bearer ${args.token}` },
          invocationHttpParameters: {
            headers: [
              { key: "Accept", value: "application/vnd.github+json" },
              { key: "X-GitHub-Api-Version", value: "2022-11-28" },
            ],
          },
        },
      },
      parent,
    );
    const destination = new cloudwatch.EventApiDestination(
      `${name}-dispatch`,
      {
        name: `${names.base}-dispatch`,
        description: "repository_dispatch of the repository that builds",
        connectionArn: connection.arn,
        httpMethod: "POST",
        invocationEndpoint: `https://api.github.com/repos/${github.repository}/dispatches`,
        // A storm of events comes to GitHub one after another; the workflow makes one run of those that wait.
        invocationRateLimitPerSecond: 1,
      },
      parent,
    );
    const role = this.role(name, names, settings, "dispatch", "events.amazonaws.com", {
      Action: ["events:InvokeApiDestination"],
      Resource: destination.arn,
    });
    for (const rule of triggerRules(cloud, names, channel)) {
      const made = new cloudwatch.EventRule(
        `${name}-${rule.cause}`,
        {
          name: `${names.base}-${rule.cause}`,
          description: rule.description,
          eventPattern: JSON.stringify(rule.pattern),
        },
        parent,
      );
      new cloudwatch.EventTarget(
        `${name}-${rule.cause}-target`,
        {
          rule: made.name,
          targetId: "github",
          arn: destination.arn,
          roleArn: role.arn,
          inputTransformer: dispatchTransformer(rule),
          retryPolicy: RETRY,
          deadLetterConfig: { arn: queue.arn },
        },
        parent,
      );
      this.alarm(`${name}-${rule.cause}-alarm`, {
        name: `${names.base}-${rule.cause}-failed`,
        alarmDescription: `GitHub refused what rule ${names.base}-${rule.cause} sent, or its token has ended`,
        namespace: "AWS/Events",
        metricName: "FailedInvocations",
        dimensions: { RuleName: made.name },
        alarmActions: [topic.arn],
      });
    }
    if (args.nextDue !== undefined) this.dueAlarm(name, names, settings, args.nextDue, queue.arn);
    this.undelivered = queue.arn;
    this.alarms = topic.arn;
    this.registerOutputs();
  }

  private queue(name: string, names: CloudNames, account: string): sqs.Queue {
    const queue = new sqs.Queue(
      `${name}-undelivered`,
      { name: `${names.base}-undelivered`, messageRetentionSeconds: 14 * 24 * 3600, sqsManagedSseEnabled: true },
      { parent: this },
    );
    const policy = queue.arn.apply((arn) =>
      JSON.stringify(
        policyDocument({
          Sid: "Undelivered",
          Effect: "Allow",
          Principal: { Service: ["events.amazonaws.com", "scheduler.amazonaws.com"] },
          Action: ["sqs:SendMessage"],
          Resource: arn,
          Condition: { StringEquals: { "aws:SourceAccount": account } },
        }),
      ),
    );
    new sqs.QueuePolicy(`${name}-undelivered-policy`, { queueUrl: queue.url, policy }, { parent: this });
    return queue;
  }

  private alarm(
    name: string,
    args: Omit<cloudwatch.MetricAlarmArgs, "comparisonOperator" | "evaluationPeriods">,
  ): cloudwatch.MetricAlarm {
    return new cloudwatch.MetricAlarm(
      name,
      {
        comparisonOperator: "GreaterThanThreshold",
        evaluationPeriods: 1,
        period: 300,
        statistic: "Maximum",
        threshold: 0,
        treatMissingData: "notBreaching",
        ...args,
      },
      { parent: this },
    );
  }

  private role(
    name: string,
    names: CloudNames,
    { cloud }: CloudStack,
    what: string,
    service: string,
    allowed: { readonly Action: readonly string[]; readonly Resource: pulumi.Input<string> },
  ): iam.Role {
    const role = new iam.Role(
      `${name}-${what}-role`,
      {
        name: `${names.base}-${what}`,
        description: `${service} does one thing with it: ${allowed.Action.join(", ")}`,
        assumeRolePolicy: JSON.stringify(serviceTrust(cloud, service)),
        permissionsBoundary: names.boundary,
      },
      { parent: this },
    );
    const policy = pulumi
      .output(allowed.Resource)
      .apply((Resource) =>
        JSON.stringify(policyDocument({ Sid: "OneThing", Effect: "Allow", Action: allowed.Action, Resource })),
      );
    new iam.RolePolicy(`${name}-${what}-policy`, { name: what, role: role.name, policy }, { parent: this });
    return role;
  }

  /** The engine's own next time, to the second; the one alarm moves with it. A time that has passed fires at once. */
  private dueAlarm(
    name: string,
    names: CloudNames,
    settings: CloudStack,
    nextDue: string,
    undelivered: pulumi.Input<string>,
  ): void {
    const bus = regionalArn(settings.cloud, "events", "event-bus/default");
    const role = this.role(name, names, settings, "due", "scheduler.amazonaws.com", {
      Action: ["events:PutEvents"],
      Resource: bus,
    });
    new scheduler.Schedule(
      `${name}-due`,
      {
        name: `${names.base}-due`,
        description: "the rebuild engine's next due time",
        scheduleExpression: `at(${nextDue.slice(0, 19)})`,
        scheduleExpressionTimezone: "UTC",
        flexibleTimeWindow: { mode: "OFF" },
        target: {
          arn: bus,
          roleArn: role.arn,
          eventbridgeParameters: { source: DUE_EVENT.source, detailType: DUE_EVENT.detailType },
          input: JSON.stringify({ due: nextDue }),
          retryPolicy: RETRY,
          deadLetterConfig: { arn: undelivered },
        },
      },
      { parent: this },
    );
  }
}
