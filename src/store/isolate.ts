/**
 * Finds the items that make a whole fail, by halving. `probe` says whether a subset goes through; single items that
 * do not are returned. Costs about 2·log2(n) probes per bad item, and one when nothing is wrong.
 */
export async function isolate<T>(
  items: readonly T[],
  probe: (subset: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  if (items.length === 0 || (await probe(items))) return [];
  if (items.length === 1) return items;
  const middle = items.length >> 1;
  const left = await isolate(items.slice(0, middle), probe);
  const right = await isolate(items.slice(middle), probe);
  return [...left, ...right];
}
