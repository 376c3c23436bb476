/** How a flag is written: alone or with true/false, with one value, or several times with a value each. */
type FlagKind = "boolean" | "value" | "values";

/** The instructions of a Dockerfile, with the flags of those whose flags BuildKit 0.31 checks and we read. */
export const INSTRUCTIONS: ReadonlyMap<string, Readonly<Record<string, FlagKind>> | undefined> = new Map([
  ["ADD", copyFlags({ checksum: "value", "keep-git-dir": "boolean", unpack: "boolean" })],
  ["ARG", undefined],
  ["CMD", undefined],
  ["COPY", copyFlags({ from: "value", parents: "boolean" })],
  ["ENTRYPOINT", undefined],
  ["ENV", undefined],
  ["EXPOSE", undefined],
  ["FROM", { platform: "value" }],
  ["HEALTHCHECK", undefined],
  ["LABEL", undefined],
  ["MAINTAINER", undefined],
  ["ONBUILD", undefined],
  ["RUN", { mount: "values", network: "value", security: "value", device: "values" }],
  ["SHELL", undefined],
  ["STOPSIGNAL", undefined],
  ["USER", undefined],
  ["VOLUME", undefined],
  ["WORKDIR", undefined],
]);

/** The variables that BuildKit sets by itself, most of them for each platform; they need no ARG to be used in a FROM. */
export const AUTOMATIC_ARGS: ReadonlySet<string> = new Set([
  ...["TARGET", "BUILD"].flatMap((side) =>
    ["PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT"].map((part) => side + part),
  ),
  "TARGETSTAGE",
]);

function copyFlags(own: Readonly<Record<string, FlagKind>>): Readonly<Record<string, FlagKind>> {
  return { chown: "value", chmod: "value", link: "boolean", exclude: "values", ...own };
}
