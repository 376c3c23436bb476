import { formatPlace } from "../problems.js";
import type { GateFailure } from "./types.js";

/** All gates that an image did not pass, as one text: a line for each with its remedy below. */
export function formatFailures(image: string, digest: string, failures: readonly GateFailure[]): string {
  const found = `${failures.length} ${failures.length === 1 ? "finding" : "findings"}`;
  const lines = [`${found} against ${image} (${digest}); nothing was signed or released.`];
  for (const { gate, platform, finding, place, remedy } of [...failures].sort(byPlatformAndGate)) {
    const where = [platform, gate].filter((part) => part !== undefined).join(", ");
    lines.push(` - ${where}: ${finding}${place === undefined ? "" : ` [${formatPlace(place)}]`}`, `   ${remedy}`);
  }
  return lines.join("\n");
}

function byPlatformAndGate(left: GateFailure, right: GateFailure): number {
  const key = ({ gate, platform = "" }: GateFailure) => `${platform} ${gate}`;
  return key(left) < key(right) ? -1 : key(left) > key(right) ? 1 : 0;
}
