/**
 * Runs tasks at once. Where one fails the others are told to stop, and the failure is thrown only when all have: nothing
 * goes on behind the back of whoever waits.
 */
export async function together<T extends readonly unknown[]>(
  signal: AbortSignal,
  tasks: { readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> },
): Promise<T> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  let first: { readonly error: unknown } | undefined;
  const watched = tasks.map(async (task) => {
    try {
      return await task(either);
    } catch (error) {
      first ??= { error };
      stop.abort(error);
      return undefined;
    }
  });
  const results = await Promise.all(watched);
  if (first !== undefined) throw first.error;
  return results as unknown as T;
}
