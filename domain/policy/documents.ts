/** A statement of a policy of AWS, with lists where AWS also takes a single text. */
export interface ReadStatement {
  readonly effect: string;
  /** `*` stands for everybody. */
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Operator, key and values of every condition. */
  readonly conditions: readonly (readonly [operator: string, key: string, values: readonly string[]])[];
  /** NotAction, NotResource, NotPrincipal: they allow whatever nobody thought of. */
  readonly negated: readonly string[];
}

/** @param policy JSON text or the document; @returns undefined for what is neither, and for what is not known yet */
export function readStatements(policy: unknown): readonly ReadStatement[] | undefined {
  const document = typeof policy === "string" ? parsed(policy) : policy;
  if (!isRecord(document)) return undefined;
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  return statements.filter(isRecord).map((each) => ({
    effect: String(each.Effect),
    principals: isRecord(each.Principal) ? Object.values(each.Principal).flatMap(texts) : texts(each.Principal),
    actions: texts(each.Action),
    resources: texts(each.Resource),
    conditions: isRecord(each.Condition)
      ? Object.entries(each.Condition).flatMap(([operator, keys]) =>
          isRecord(keys) ? Object.entries(keys).map(([key, values]) => [operator, key, texts(values)] as const) : [],
        )
      : [],
    negated: ["NotAction", "NotResource", "NotPrincipal"].filter((key) => key in each),
  }));
}

function texts(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
