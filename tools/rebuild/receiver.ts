import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Push, pushesIn } from "../../domain/watch/notification.js";

/** A registry puts one event or some hundreds into a notification; more than this is none. */
const MAX_BODY_BYTES = 4 * 2 ** 20;
const MAX_CONNECTIONS = 64;

export interface Receiver {
  /** `127.0.0.1:45678`, on loopback only. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Listens for the notifications of registries. Nobody has to prove who he is: a push that did not happen makes us look, and see
 * that nothing is new. Web pages cannot call it, since it takes the registries' own media type only.
 *
 * @param port 0 for any
 */
export function startReceiver(port: number, onPushes: (pushes: readonly Push[]) => void): Promise<Receiver> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    receive(request, response, onPushes).catch(() => answer(response, 400));
  });
  server.maxConnections = MAX_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const { port: bound } = server.address() as AddressInfo;
      resolve({
        address: `127.0.0.1:${bound}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  onPushes: (pushes: readonly Push[]) => void,
): Promise<void> {
  if (request.url !== "/events") return answer(response, 404);
  if (request.method !== "POST") return answer(response, 405);
  if (!/^application\/vnd\.docker\.distribution\.events\.v\d+\+json/.test(request.headers["content-type"] ?? "")) {
    return answer(response, 415);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return answer(response, 413);
    chunks.push(chunk);
  }
  const pushes = pushesIn(JSON.parse(Buffer.concat(chunks).toString()));
  if (pushes === undefined) return answer(response, 400);
  answer(response, 200);
  if (pushes.length > 0) onPushes(pushes);
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}
