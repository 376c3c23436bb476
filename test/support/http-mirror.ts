import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What the server does when a path is asked for; a path it does not know is 404. */
export type Answer = Buffer | number | "reset" | { readonly forwardTo: string };

/** An HTTP server on loopback that stands for a mirror, and can fail as one does. */
export class HttpMirror {
  readonly asked: string[] = [];
  private readonly server: Server;

  private constructor(private readonly answer: (path: string, times: number) => Answer | undefined) {
    this.server = createServer(async (request, response) => {
      const path = decodeURIComponent(request.url ?? "");
      const times = this.asked.filter((other) => other === path).length;
      this.asked.push(path);
      const answer = this.answer(path, times);
      if (answer === "reset") {
        response.socket?.destroy();
      } else if (answer === undefined || typeof answer === "number") {
        response.writeHead(answer ?? 404).end();
      } else if (Buffer.isBuffer(answer)) {
        response.writeHead(200, { "content-length": answer.length }).end(answer);
      } else {
        const real = await fetch(answer.forwardTo);
        response.writeHead(real.status).end(Buffer.from(await real.arrayBuffer()));
      }
    });
  }

  static async start(answer: (path: string, times: number) => Answer | undefined): Promise<HttpMirror> {
    const mirror = new HttpMirror(answer);
    await new Promise<void>((resolve) => mirror.server.listen(0, "127.0.0.1", resolve));
    return mirror;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
