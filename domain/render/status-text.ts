import type { ImageStatus } from "../report/status.js";

/** A table, and below it why images are not settled. */
export function renderStatus(images: readonly ImageStatus[], nextDue: string | undefined): string {
  const rows = [["IMAGE", "KIND", "DIGEST", "SINCE", "STANDING", "LAST REBUILD", "STAND ON IT"], ...images.map(rowOf)];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const reasons = images.flatMap(({ image, reason, until }) =>
    reason === undefined ? [] : [`${image}: ${reason}${until === undefined ? "" : ` Until ${until}.`}`],
  );
  const changes = images.flatMap(({ image, lifecycle }) =>
    lifecycle.length < 2
      ? []
      : [`${image}: ${lifecycle.map(({ to, at }) => `${to} since ${at.slice(0, 10)}`).join(", ")}`],
  );
  return [
    ...lines,
    ...(reasons.length === 0 ? [] : ["", ...reasons]),
    ...(changes.length === 0 ? [] : ["", ...changes]),
    ...(nextDue === undefined ? [] : ["", `Next due: ${nextDue}`]),
    "",
  ].join("\n");
}

function rowOf({ image, kind, digest, adoptedAt, standing, lastAttempt, dependents }: ImageStatus): readonly string[] {
  const attempt =
    lastAttempt === undefined ? "" : `${lastAttempt.result ?? "running"} ${lastAttempt.start.slice(0, 10)}`;
  return [
    image,
    kind,
    digest === undefined ? "none" : `${digest.slice(0, 17)}…`,
    adoptedAt ?? "",
    standing,
    attempt,
    String(dependents.length),
  ];
}
