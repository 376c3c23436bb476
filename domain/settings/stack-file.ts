/** `Pulumi.local.yaml`. */
export function stackFile(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}
