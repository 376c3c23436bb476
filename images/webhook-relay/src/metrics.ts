import { Counter, Gauge, Registry } from "prom-client";
import type { Outcome } from "./delivery.js";

/** What the relay counts, for Prometheus. */
export class Metrics {
  readonly registry = new Registry();
  readonly received = new Counter({
    name: "webhooks_received_total",
    help: "Webhooks by route and HTTP status of the answer",
    labelNames: ["route", "status"],
    registers: [this.registry],
  });
  readonly deliveries = new Counter<"route" | "outcome">({
    name: "webhook_deliveries_total",
    help: "Finished deliveries to targets by route and outcome",
    labelNames: ["route", "outcome"],
    registers: [this.registry],
  });
  readonly pending = new Gauge({
    name: "webhook_deliveries_pending",
    help: "Deliveries under way or waiting for their next attempt",
    registers: [this.registry],
  });

  finished(route: string, outcome: Outcome): void {
    this.pending.dec();
    this.deliveries.inc({ route, outcome });
  }
}
