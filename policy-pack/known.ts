import { UnknownValueError } from "@pulumi/policy";

/**
 * What `read` reads from a resource's inputs, or undefined where it touches a value that only the update knows. Without this,
 * the first unknown value ends a policy with an advisory message, and with it all that the policy could have found.
 */
export function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownValueError) return undefined;
    throw error;
  }
}
