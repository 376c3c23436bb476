import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { buildctl } from "../../provider/buildkit/buildctl.js";
import { useServices } from "../support/with-services.js";

describe("buildctl with a daemon that is slow to answer", () => {
  const services = useServices({ tools: [] });
  let server: Server;
  let address = "";

  before((done) => {
    const socket = path.join(services().dataDir, "slow.sock");
    address = `unix://${socket}`;
    server = createServer((client) => {
      const daemon = connect(services().buildkitHost.slice("unix://".length));
      hold(client, daemon);
      hold(daemon, client);
    }).listen(socket, done);
  });
  after((done) => {
    server.close(done);
  });

  it("is not taken for one that failed", async () => {
    const program = services().toolchain.program("buildctl");
    assert.match(await buildctl(address, ["debug", "workers"], { buildctl: program }), /linux\/amd64/);
  });

  const rows: readonly (readonly [name: string, says: string, asked: number])[] = [
    ["too late with its own trace is asked again", "error: context deadline exceeded", 5],
    ["refused is not asked again", "error: permission denied", 1],
  ];
  for (const [name, says, asked] of rows) {
    it(`${name}, and fails in the end`, async () => {
      const calls = path.join(services().dataDir, `calls-${asked}`);
      const program = path.join(services().dataDir, `buildctl-${asked}`);
      writeFileSync(program, `#!/bin/sh\necho called >> ${calls}\necho "${says}" >&2\nexit 1\n`, { mode: 0o755 });
      await assert.rejects(buildctl(address, ["debug", "workers"], { buildctl: program }), new RegExp(says));
      assert.equal(readFileSync(calls, "utf8").split("\n").length - 1, asked);
    });
  }
});

/** Hands on all that comes, each part 60 ms later: buildctl gives the end of its own trace 50. */
function hold(from: Socket, to: Socket): void {
  from.on("data", (part) => setTimeout(() => to.write(part), 60));
  from.on("close", () => setTimeout(() => to.destroy(), 60)).on("error", () => to.destroy());
}
