/** Commands of the CLI that read a stack's configuration, and so take `--config-file`. */
const configured = new Set([
  "up",
  "update",
  "preview",
  "pre",
  "refresh",
  "destroy",
  "import",
  "watch",
  "config",
  "logs",
]);

/** Those of them that change or ask the registry and BuildKit. */
const operating = new Set(["up", "update", "preview", "pre", "refresh", "destroy", "import", "watch"]);

export interface PulumiCommand {
  /** The CLI's arguments for the stack `local` of this checkout. */
  readonly args: readonly string[];
  /** True where the engine will run, and so needs the services and the stack for itself. */
  readonly operates: boolean;
}

/**
 * What `npm run -s pulumi -- ARGS` passes to the CLI. Commands on the stack `local` read its private file. Settings are
 * written to the committed Pulumi.local.yaml, secrets (`privateKeys`, `--secret`) to the private file.
 */
export function pulumiCommand(
  given: readonly string[],
  configFile: string,
  privateKeys: readonly string[],
): PulumiCommand {
  const at = given.findIndex((argument) => configured.has(argument));
  const command = given[at] ?? "";
  if (at < 0 || !concernsLocal(given)) return { args: given, operates: false };
  const operates = operating.has(command);
  if (command === "config" && setsSetting(given.slice(at + 1), privateKeys)) return { args: given, operates };
  return { args: [...given.slice(0, at + 1), "--config-file", configFile, ...given.slice(at + 1)], operates };
}

/** Not where the caller names another stack, or a file of his own. */
function concernsLocal(args: readonly string[]): boolean {
  return args.every((argument, index) => {
    if (argument.startsWith("--config-file") || argument === "--help" || argument === "-h") return false;
    const [flag, inline] = argument.split("=", 2);
    if (flag !== "--stack" && flag !== "-s") return true;
    return (inline ?? args[index + 1]) === "local";
  });
}

function setsSetting(args: readonly string[], privateKeys: readonly string[]): boolean {
  const changes = ["set", "set-all", "rm", "rm-all"].includes(args.find((argument) => !argument.startsWith("-")) ?? "");
  return changes && !args.includes("--secret") && !args.some((argument) => privateKeys.includes(argument));
}
