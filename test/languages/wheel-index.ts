import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

/** A file of the test's index; `requires` are its dependencies as its metadata has them. */
export interface PublishedFile {
  readonly filename: string;
  readonly requires?: readonly string[];
}

export interface WheelIndex {
  readonly url: string;
  close(): Promise<void>;
}

// Python writes wheels better than we do: they are zip archives.
const writeWheels = `
import json, sys, zipfile
folder, files = sys.argv[1], json.loads(sys.argv[2])
for file in files:
    name, version = file["filename"].split("-")[:2]
    info = f"{name}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {r}" for r in file.get("requires", []))]
    tag = file["filename"][:-len(".whl")].split("-", 2)[2]
    members = {
        f"{name}.py": f"loaded = '{file['filename']}'\\n",
        f"{info}/METADATA": "\\n".join(lines) + "\\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: {tag}\\n",
    }
    record = "".join(f"{member},,\\n" for member in [*members, f"{info}/RECORD"])
    with zipfile.ZipFile(f"{folder}/{file['filename']}", "w") as wheel:
        for member, text in {**members, f"{info}/RECORD": record}.items():
            wheel.writestr(zipfile.ZipInfo(member), text)
`;

/** An index of Python packages (PEP 503) on a loopback port; its files lie in `folder`. */
export async function startWheelIndex(folder: string, files: readonly PublishedFile[]): Promise<WheelIndex> {
  mkdirSync(folder, { recursive: true });
  const wheels = files.filter(({ filename }) => filename.endsWith(".whl"));
  execFileSync("python3", ["-c", writeWheels, folder, JSON.stringify(wheels)]);
  const server = createServer((request, response) => {
    const [, kind, name = ""] = (request.url ?? "").split("/");
    if (kind === "files") return response.end(readFileSync(path.join(folder, name)));
    const links = readdirSync(folder)
      .filter((file) => file.split("-")[0]?.replaceAll("_", "-") === name)
      .map((file) => {
        const sha256 = createHash("sha256")
          .update(readFileSync(path.join(folder, file)))
          .digest("hex");
        return `<a href="/files/${file}#sha256=${sha256}">${file}</a>`;
      });
    response.writeHead(links.length === 0 ? 404 : 200, { "content-type": "text/html" }).end(links.join("\n"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
