import { readdirSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { livingPids, readProc } from "../machine/processes.js";

/** A loopback port that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return listenOn(0).then((port) => {
    if (port === undefined) throw new Error("no free port on 127.0.0.1");
    return port;
  });
}

export async function isFree(port: number): Promise<boolean> {
  return (await listenOn(port)) !== undefined;
}

/** The process that listens on a port, as `pid 123 (command line)`; undefined where /proc does not tell. */
export function holderOf(port: number): string | undefined {
  const inode = listeningInode(port, `${readProc("/proc/net/tcp") ?? ""}\n${readProc("/proc/net/tcp6") ?? ""}`);
  if (inode === undefined) return undefined;
  const pid = livingPids().find((candidate) => holdsSocket(candidate, inode));
  if (pid === undefined) return undefined;
  const command = (readProc(`/proc/${pid}/cmdline`) ?? "").split("\0").join(" ").trim();
  return `pid ${pid} (${command.slice(0, 120)})`;
}

/** The inode of the socket that listens on `port`, from the text of /proc/net/tcp. */
export function listeningInode(port: number, table: string): string | undefined {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of table.split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (fields[1]?.endsWith(suffix) && fields[3] === "0A") return fields[9];
  }
  return undefined;
}

function holdsSocket(pid: number, inode: string): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((descriptor) => linkOf(`${folder}/${descriptor}`) === `socket:[${inode}]`);
  } catch {
    return false;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function listenOn(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}
