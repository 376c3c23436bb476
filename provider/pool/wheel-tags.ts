/** What the file name of a wheel says of the machine that it is for (PEP 427). */
export interface WheelTags {
  /** Interpreter, e.g. `cp` and `3.13`; undefined where every Python 3 will do. */
  readonly python?: { readonly implementation: string; readonly version: string };
  /** e.g. `cp313`, `abi3`; undefined for `none`. */
  readonly abi?: string;
  /** e.g. `manylinux_2_28_x86_64`; empty for `any`. */
  readonly platforms: readonly string[];
}

/** @throws Error where this is not the name of a wheel. */
export function wheelTags(filename: string): WheelTags {
  const parts = filename.replace(/\.whl$/, "").split("-");
  const [pythons, abis, platforms] = parts.slice(-3);
  if (!filename.endsWith(".whl") || parts.length < 5 || parts.length > 6 || platforms === undefined)
    throw new Error(`"${filename}" is not the file name of a wheel`);
  const specific = /(?:^|\.)(cp|py)(\d)(\d+)/.exec(pythons ?? "");
  const abi = abis?.split(".")[0];
  return {
    ...(specific === null
      ? {}
      : { python: { implementation: `${specific[1]}`, version: `${specific[2]}.${specific[3]}` } }),
    ...(abi === undefined || abi === "none" ? {} : { abi }),
    platforms: platforms === "any" ? [] : platforms.split("."),
  };
}
