import { randomUUID } from "node:crypto";
import { type Delivery, deliver, type RetryRule } from "./delivery.js";
import { Metrics } from "./metrics.js";
import type { Route } from "./routes.js";
import { isSignedBy } from "./signature.js";

/** Headers that are passed on beside `x-…` ones. */
const passedOn = new Set(["content-type", "user-agent"]);

/** Takes webhooks and delivers them in the background. */
export class Relay {
  readonly metrics = new Metrics();
  private readonly stopping = new AbortController();
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly routes: ReadonlyMap<string, Route>,
    private readonly rule: RetryRule,
  ) {}

  get pending(): number {
    return this.underWay.size;
  }

  /** Accepts a webhook: 202 with its id, 404 for an unknown name, 401 for a wrong signature. */
  accept(
    name: string,
    headers: NodeJS.Dict<string | string[]>,
    body: Uint8Array<ArrayBuffer>,
  ): { status: number; id?: string } {
    const answer = this.judge(name, headers, body);
    this.metrics.received.inc({ route: answer.status === 404 ? "unknown" : name, status: answer.status });
    return answer;
  }

  /** Lets attempts that run finish, and gives up those that wait. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.settled();
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private judge(
    name: string,
    headers: NodeJS.Dict<string | string[]>,
    body: Uint8Array<ArrayBuffer>,
  ): { status: number; id?: string } {
    const route = this.routes.get(name);
    if (route === undefined) return { status: 404 };
    const signature = headers["x-hub-signature-256"];
    if (route.secret !== undefined && !isSignedBy(route.secret, body, [signature].flat()[0])) return { status: 401 };
    const delivery = { id: randomUUID(), headers: forwarded(headers), body };
    for (const target of route.targets) this.start(route, delivery, target);
    return { status: 202, id: delivery.id };
  }

  private start(route: Route, delivery: Delivery, target: string): void {
    this.metrics.pending.inc();
    const headers = { ...delivery.headers, "x-relay-delivery": delivery.id };
    const work = deliver({ ...delivery, headers }, target, this.rule, this.stopping.signal).then((outcome) => {
      this.underWay.delete(work);
      this.metrics.finished(route.name, outcome);
      console.log(JSON.stringify({ delivery: delivery.id, route: route.name, target, outcome }));
    });
    this.underWay.add(work);
  }
}

function forwarded(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const single = [value].flat()[0];
    if (single !== undefined && (name.startsWith("x-") || passedOn.has(name))) kept[name] = single;
  }
  return kept;
}
