import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Relay } from "./relay.js";

export interface ServerOptions {
  readonly relay: Relay;
  /** The origin's stamp as JSON text; undefined for a program that nobody stamped. */
  readonly origin?: string;
}

/** Larger bodies are refused; 1 MiB is far above what senders of webhooks allow themselves. */
const largestBody = 1 << 20;

export function createRelayServer(options: ServerOptions): Server {
  return createServer((request, response) => {
    handle(request, response, options).catch((error: unknown) => {
      console.error(error);
      if (!response.headersSent) send(response, 500, { error: "internal error" });
    });
  });
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { relay, origin }: ServerOptions,
): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://relay");
  const hook = /^\/hooks\/([^/]+)$/.exec(pathname)?.[1];
  if (hook !== undefined && request.method === "POST") return receive(hook, request, response, relay);
  if (request.method !== "GET") return send(response, 405, { error: "method not allowed" });
  switch (pathname) {
    case "/healthz":
      return send(response, 200, { status: "ok", pending: relay.pending });
    case "/metrics":
      response.setHeader("content-type", relay.metrics.registry.contentType);
      response.end(await relay.metrics.registry.metrics());
      return;
    case "/origin":
      if (origin === undefined) break;
      response.setHeader("content-type", "application/json");
      response.end(origin);
      return;
  }
  send(response, 404, { error: "not found" });
}

async function receive(name: string, request: IncomingMessage, response: ServerResponse, relay: Relay): Promise<void> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not close the connection before the answer is out.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) {
      response.setHeader("connection", "close");
      return send(response, 413, { error: `larger than ${largestBody} bytes` });
    }
    chunks.push(chunk);
  }
  const { status, ...answer } = relay.accept(name, request.headers, Buffer.concat(chunks));
  send(response, status, answer);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}
