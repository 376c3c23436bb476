import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { freePort, holderOf, isFree, listeningInode } from "../../../tools/services/ports.js";

describe("a port", () => {
  it("is found in the table of sockets only where somebody listens", () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:9C40 0100007F:1389 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1`;
    assert.equal(listeningInode(5000, table), "4711");
    assert.equal(listeningInode(40000, table), undefined);
  });

  it("that is free is free, and has a holder as soon as it is taken", async () => {
    const port = await freePort();
    assert.ok(await isFree(port));
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    try {
      assert.ok(!(await isFree(port)));
      assert.match(holderOf(port) ?? "", new RegExp(`^pid ${process.pid} \\(`));
    } finally {
      server.close();
    }
  });
});
