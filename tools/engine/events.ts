/** The engine's events as `pulumi up --json` streams them (apitype.EngineEvent): what we read of them. */
export interface EngineEvent {
  /** Seconds since 1970. */
  readonly timestamp?: number;
  readonly resourcePreEvent?: StepEvent;
  readonly resOutputsEvent?: StepEvent;
  readonly resOpFailedEvent?: StepEvent;
  readonly diagnosticEvent?: DiagnosticEvent;
  readonly policyEvent?: PolicyEvent;
  readonly summaryEvent?: { readonly isPreview: boolean; readonly result?: string };
}

export interface StepEvent {
  readonly metadata: StepMetadata;
  /** True in a preview. */
  readonly planning?: boolean;
}

export interface StepMetadata {
  /** `same`, `create`, `update`, `delete`, `refresh`, ... */
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly new?: { readonly outputs?: Readonly<Record<string, unknown>> } | null;
}

export interface DiagnosticEvent {
  readonly urn?: string;
  readonly message: string;
  readonly severity: "debug" | "info" | "info#err" | "warning" | "error";
  readonly ephemeral?: boolean;
}

export interface PolicyEvent {
  readonly resourceUrn?: string;
  /** The policy's description, a line break, and what it found. */
  readonly message: string;
  readonly policyName: string;
  readonly enforcementLevel: "warning" | "mandatory" | "remediate" | "none";
}

/** Cuts a stream into lines, and gives the events in them; lines that are none come as text. */
export function eventReader(onEvent: (event: EngineEvent) => void, onText: (line: string) => void) {
  let rest = "";
  const take = (line: string) => {
    const event = eventIn(line);
    if (event !== undefined) onEvent(event);
    else if (line.trim() !== "") onText(line);
  };
  return {
    write(chunk: string) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) take(line);
    },
    end() {
      take(rest);
    },
  };
}

/** What was cut short, and a preview's digest over many lines, is none. */
function eventIn(line: string): EngineEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as EngineEvent;
  } catch {
    return undefined;
  }
}

/** The last part of a URN: the resource's name. */
export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** Of the resource, without its parents': `urn:pulumi:<stack>::<project>::<parents>$<type>::<name>`. */
export function typeOf(urn: string): string {
  return (urn.split("::")[2] ?? "").replace(/^.*\$/, "");
}
