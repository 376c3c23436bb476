const magic = "!<arch>\n";
const headerSize = 60;

/** The members of an `ar` archive (the outer form of a .deb), by name, in order. */
export function readAr(archive: Buffer): ReadonlyMap<string, Buffer> {
  if (archive.toString("latin1", 0, magic.length) !== magic) throw new Error("not an ar archive");
  const members = new Map<string, Buffer>();
  let offset = magic.length;
  while (offset < archive.length) {
    const header = archive.toString("latin1", offset, offset + headerSize);
    if (header.length < headerSize || header.slice(58) !== "`\n") throw new Error(`bad ar header at byte ${offset}`);
    const name = header.slice(0, 16).trimEnd().replace(/\/$/, "");
    const digits = header.slice(48, 58).trimEnd();
    if (!/^[0-9]+$/.test(digits)) throw new Error(`bad size of ar member "${name}" at byte ${offset}`);
    const start = offset + headerSize;
    const end = start + Number(digits);
    if (end > archive.length) throw new Error(`ar member "${name}" is cut off`);
    members.set(name, archive.subarray(start, end));
    // Members start at even offsets.
    offset = end + (end % 2);
  }
  return members;
}
