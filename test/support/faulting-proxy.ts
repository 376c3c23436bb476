import { request as ask, createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that is about to be forwarded. */
export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
}

/**
 * What happens to a request instead of a plain answer. `reset`: it never gets there. `cut`: the connection breaks in the
 * middle of its body. `lost`: it is done, and the answer never comes back.
 */
export type Fault = "reset" | "cut" | "lost";

/** A proxy on loopback before a registry, whose connections break where a test says so. */
export class FaultingProxy {
  /** Called for every request, before it is forwarded; what it returns happens to the request. */
  fault: (asked: Asked) => Fault | undefined = () => undefined;
  /** Bytes of bodies that clients have sent, by the repository that they were for. */
  readonly received = new Map<string, number>();
  private readonly server: Server;

  private constructor(private readonly target: string) {
    // Connections end where a test says so, and not when nothing was asked for some seconds.
    this.server = createServer({ keepAliveTimeout: 0 }, (request, response) => this.forward(request, response));
  }

  /** @param target `host:port` of the registry */
  static async start(target: string): Promise<FaultingProxy> {
    const proxy = new FaultingProxy(target);
    await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** `host:port` */
  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The header `Host` stays the proxy's, so that a registry's `Location` leads back here. */
  private forward(request: IncomingMessage, response: ServerResponse): void {
    const { headers, method = "GET", socket, url: path = "/" } = request;
    const fault = this.fault({ method, path });
    if (fault === "reset") {
      socket.resetAndDestroy();
      return;
    }
    const repository = /^\/v2\/(.+)\/(?:blobs|manifests)\//.exec(path)?.[1] ?? "";
    request.on("data", (chunk: Buffer) => {
      this.received.set(repository, (this.received.get(repository) ?? 0) + chunk.length);
    });
    const [host, port] = this.target.split(":");
    const forwarded = ask({ host, port, method, path, headers, agent: false }, (answer) => {
      if (fault === "lost") {
        answer.resume().on("end", () => socket.resetAndDestroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    // A registry that is gone looks like one, and so does a client.
    forwarded.on("error", () => socket.resetAndDestroy());
    response.on("close", () => forwarded.destroy());
    if (fault !== "cut") {
      request.pipe(forwarded);
      return;
    }
    request.once("data", (chunk: Buffer) => {
      forwarded.write(chunk.subarray(0, chunk.length / 2), () => {
        forwarded.destroy();
        socket.resetAndDestroy();
      });
    });
  }
}
