import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { Relay } from "../src/relay.js";
import { createRelayServer } from "../src/server.js";
import { sign } from "../src/signature.js";

const secret = "it is a test";
const body = '{"ref":"refs/heads/main"}';
const signed = { "x-hub-signature-256": sign(secret, Buffer.from(body)) };

/** A target that answers what its path says, e.g. `/503/200`: first 503, then 200. */
function startTarget(received: { path: string; headers: NodeJS.Dict<string | string[]>; body: string }[]): Server {
  const asked = new Map<string, number>();
  return createServer(async (request, response) => {
    const path = request.url ?? "";
    let text = "";
    for await (const chunk of request) text += String(chunk);
    received.push({ path, headers: request.headers, body: text });
    const turn = asked.get(path) ?? 0;
    asked.set(path, turn + 1);
    response.writeHead(Number(path.split("/")[turn + 1] ?? 200)).end();
  });
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("relay", () => {
  const received: { path: string; headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
  const target = startTarget(received);
  let relay: Relay;
  let server: Server;
  let url = "";

  before(async () => {
    const at = await listen(target);
    const route = (name: string, path: string) => [name, { name, secret, targets: [`${at}${path}`] }] as const;
    const routes = new Map([
      route("taken", "/200"),
      route("flaky", "/503/429/200"),
      route("refused", "/400"),
      route("dead", "/500/500/500/500"),
    ]);
    relay = new Relay(routes, { attempts: 3, firstDelay: 1, timeout: 5000 });
    server = createRelayServer({ relay, origin: '{"stamp":"x"}' });
    url = await listen(server);
  });

  after(async () => {
    await relay.stop();
    server.close();
    target.close();
  });

  const post = (name: string, headers: Record<string, string> = signed) =>
    fetch(`${url}/hooks/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });

  const metrics = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();

  it("passes body, type and x- headers on, with the delivery's id", async () => {
    const response = await post("taken", { ...signed, "x-github-event": "push", authorization: "no" });
    assert.equal(response.status, 202);
    const { id } = (await response.json()) as { id: string };
    await relay.settled();
    const got = received.find(({ path }) => path === "/200");
    assert.equal(got?.body, body);
    assert.equal(got?.headers["x-github-event"], "push");
    assert.equal(got?.headers["content-type"], "application/json");
    assert.equal(got?.headers["x-relay-delivery"], id);
    assert.equal(got?.headers.authorization, undefined);
  });

  for (const [name, attempts, outcome] of [
    ["flaky", 3, "delivered"],
    ["refused", 1, "refused"],
    ["dead", 3, "unreachable"],
  ] as const) {
    it(`${name}: ${attempts} attempts, ${outcome}`, async () => {
      const before = received.length;
      assert.equal((await post(name)).status, 202);
      await relay.settled();
      assert.equal(received.length - before, attempts);
      assert.match(await metrics(), new RegExp(`webhook_deliveries_total{route="${name}",outcome="${outcome}"} 1`));
    });
  }

  for (const [what, name, headers, status] of [
    ["no signature", "taken", {}, 401],
    ["a signature of another body", "taken", { "x-hub-signature-256": sign(secret, Buffer.from("x")) }, 401],
    ["a signature with another key", "taken", { "x-hub-signature-256": sign("x", Buffer.from(body)) }, 401],
    ["a name without a route", "nobody", signed, 404],
  ] as const) {
    it(`answers ${what} with ${status} and passes nothing on`, async () => {
      const before = received.length;
      assert.equal((await post(name, headers)).status, status);
      await relay.settled();
      assert.equal(received.length, before);
    });
  }

  it("says that it is well, and where it comes from", async () => {
    assert.deepEqual(await (await fetch(`${url}/healthz`)).json(), { status: "ok", pending: 0 });
    assert.deepEqual(await (await fetch(`${url}/origin`)).json(), { stamp: "x" });
    assert.equal((await fetch(`${url}/nothing`)).status, 404);
  });

  it("refuses a body that is too large", async () => {
    const response = await fetch(`${url}/hooks/taken`, { method: "POST", body: "x".repeat((1 << 20) + 1) });
    assert.equal(response.status, 413);
  });
});
