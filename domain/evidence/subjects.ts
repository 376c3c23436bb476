/** All that evidence of an image is attached to: its index, and each platform. An image of one platform may be that itself. */
export function subjectsOf(digest: string, platforms: readonly { readonly digest: string }[]): readonly string[] {
  const others = new Set(platforms.map((platform) => platform.digest));
  others.delete(digest);
  return [digest, ...others];
}
