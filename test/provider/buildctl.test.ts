import assert from "node:assert/strict";
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
});

/** Hands on all that comes, each part 60 ms later: buildctl gives the end of its own trace 50. */
function hold(from: Socket, to: Socket): void {
  from.on("data", (part) => setTimeout(() => to.write(part), 60));
  from.on("close", () => setTimeout(() => to.destroy(), 60)).on("error", () => to.destroy());
}
