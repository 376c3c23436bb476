/** A scan that is needed and cannot be had. `kind` tells what to do about it. */
export class ScanError extends Error {
  override readonly name = "ScanError";

  constructor(
    readonly kind: "database-missing" | "database-old" | "database-damaged" | "scanner-failed",
    message: string,
    readonly remedy: string,
  ) {
    super(`${message} ${remedy}`);
  }
}
