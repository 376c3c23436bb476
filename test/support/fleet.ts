import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

export interface FleetShape {
  /** How many application images stand on the one base. */
  readonly images: number;
  readonly baseBytes: number;
  readonly imageBytes: number;
  readonly platforms: readonly string[];
}

/** A fleet of the cheapest images there are: one base of one file, and `images` that copy one file onto it. */
export async function writeFleet(
  root: string,
  { images, baseBytes, imageBytes, platforms }: FleetShape,
): Promise<void> {
  const settings = `platforms: [${platforms.join(", ")}]\n`;
  await writeFolder(path.join(root, "bases/fleet-base"), {
    Dockerfile: "FROM scratch\nCOPY payload /payload\nUSER 65532:65532\n",
    "image.yaml": settings,
    payload: bytes("fleet-base", baseBytes),
  });
  for (let index = 0; index < images; index++) {
    const name = fleetImage(index);
    await writeFolder(path.join(root, "images", name), {
      Dockerfile: "FROM factory.invalid/fleet-base\nCOPY app /app\n",
      "image.yaml": settings,
      app: bytes(name, imageBytes),
    });
  }
  await writeFile(path.join(root, "images.yaml"), "images: []\n");
}

export function fleetImage(index: number): string {
  return `svc-${String(index).padStart(4, "0")}`;
}

/** Bytes that do not compress and depend on nothing but the seed. */
export function bytes(seed: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let index = 0; index * 32 < length; index++) {
    blocks.push(createHash("sha256").update(`${seed}/${index}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

async function writeFolder(folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
}
