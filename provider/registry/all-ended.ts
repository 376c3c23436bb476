/**
 * Waits for all of these writes, also where one fails: whoever is told of the failure may look what is there, or write again,
 * and must not meet what is still on its way.
 *
 * @throws what the first of them threw, in their order
 */
export async function allEnded<T>(writes: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(writes);
  return Promise.all(writes);
}
