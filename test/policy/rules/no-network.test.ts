import assert from "node:assert/strict";
import { appWith, findings, itAllows, itFinds, TODAY } from "../plan-fixture.js";

const until = (expires: string) => ({
  yaml: ["network:", "  reason: the vendor has no archive", `  expires: ${expires}`],
});

describe("no-network", () => {
  itAllows([
    { name: "no network", change: {} },
    { name: "an exception on its last day", change: until(TODAY) },
    {
      name: "a RUN with network under an exception",
      change: { ...until("2026-12-31"), ...appWith(3, "RUN --network=default curl https://example.com/") },
    },
  ]);

  itFinds([
    ...["default", "host"].map((network) => ({
      name: `RUN --network=${network}`,
      change: appWith(3, `RUN --network=${network} curl https://example.com/`),
      at: "no-network images/app/Dockerfile:3",
      message: new RegExp(`^RUN --network=${network} reaches the network; allowed is none`),
      remedy: /factory lock/,
    })),
    {
      name: "the host's network even under an exception",
      change: { ...until("2026-12-31"), ...appWith(3, "RUN --network=host curl https://example.com/") },
      at: "no-network images/app/Dockerfile:3",
      message: /--network=host/,
      remedy: /factory lock/,
    },
    {
      name: "the host's rights",
      change: appWith(3, "RUN --security=insecure mount"),
      at: "no-network images/app/Dockerfile:3",
      message: /--security=insecure asks for the host's rights/,
      remedy: /no exception/,
    },
  ]);

  it("refuses an exception that has ended, and the network with it", () => {
    const found = findings(until("2026-11-20"));
    assert.deepEqual(
      found.map(({ at }) => at),
      ["no-network images/app/image.yaml:1", "no-network images/app/image.yaml"],
    );
    assert.match(found[0]?.message ?? "", /"the vendor has no archive" ended on 2026-11-20; today is 2026-11-21/);
    assert.match(found[0]?.remedy ?? "", /Remove the exception/);
  });
});
