import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface Asked {
  /** Method and path with its query. */
  readonly line: string;
  readonly authorization: string | undefined;
}

/** An HTTP server on loopback that answers as a test says and keeps what it was asked. */
export class RegistryStub {
  readonly asked: Asked[] = [];
  /** Called with the body of each request. */
  onBody: (bytes: Buffer, request: IncomingMessage) => void = () => {};
  private readonly server: Server;

  private constructor(answer: Answer) {
    this.server = createServer((request, response) => {
      const { authorization } = request.headers;
      this.asked.push({ line: `${request.method} ${request.url}`, authorization });
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.onBody(Buffer.concat(chunks), request);
        answer(request, response);
      });
    });
  }

  static async start(answer: Answer): Promise<RegistryStub> {
    const stub = new RegistryStub(answer);
    await new Promise<void>((resolve) => stub.server.listen(0, "127.0.0.1", resolve));
    return stub;
  }

  /** `host:port` */
  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
