import { readFile } from "node:fs/promises";
import { readAr } from "./ar.js";
import { decompress } from "./decompress.js";
import { readTar } from "./tar.js";
import type { TarEntry } from "./tar-entry.js";

/** A .deb, opened. */
export interface DebianPackage {
  /** The control file as packaged, with one newline at its end. */
  readonly control: string;
  /** `md5sums` as packaged; empty where the package has none. */
  readonly md5sums: string;
  readonly entries: readonly TarEntry[];
}

export async function readDebianPackage(file: string): Promise<DebianPackage> {
  const members = readAr(await readFile(file));
  const [control, entries] = await Promise.all([tarMember(members, "control.tar"), tarMember(members, "data.tar")]);
  return { control: controlText(control, file), md5sums: text(control, "md5sums"), entries };
}

/** The control file alone, without unpacking the rest. */
export async function readDebianControl(file: string): Promise<string> {
  return controlText(await tarMember(readAr(await readFile(file)), "control.tar"), file);
}

function controlText(entries: readonly TarEntry[], file: string): string {
  const control = text(entries, "control").trimEnd();
  if (control === "") throw new Error(`${file} has no control file`);
  return `${control}\n`;
}

function text(entries: readonly TarEntry[], name: string): string {
  const content = entries.find(({ path }) => path === name)?.content;
  return content instanceof Uint8Array ? Buffer.from(content).toString("utf8") : "";
}

/** The value of a single-line field of a control file. */
export function controlField(control: string, field: string): string | undefined {
  return new RegExp(`^${field}: *(.*)$`, "im").exec(control)?.[1]?.trim();
}

async function tarMember(members: ReadonlyMap<string, Buffer>, name: string): Promise<readonly TarEntry[]> {
  for (const [member, bytes] of members) {
    if (member === name || member.startsWith(`${name}.`)) return readTar(await decompress(member, bytes));
  }
  throw new Error(`the package has no ${name}: its members are ${[...members.keys()].join(", ")}`);
}
