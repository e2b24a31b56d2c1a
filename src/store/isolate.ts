/**
 * Finds the items that make a whole fail, by halving. `probe` says whether a subset goes through. What is left when
 * the returned items are taken out goes through: of items that are only bad together, the later ones are returned.
 * Costs one probe when nothing is wrong and about 2·log2(n) per bad item; items that are bad together cost more.
 */
export async function isolate<T>(
  items: readonly T[],
  probe: (subset: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  if (items.length === 0 || (await probe(items))) return [];
  const alone = new Set(await refusedIn(items, probe));
  const rest = items.filter((item) => !alone.has(item));
  if (alone.size > 0 && (await probe(rest))) return [...alone];
  const kept: T[] = [];
  const together = await refusedIn(rest, async (part) => {
    const passes = await probe([...kept, ...part]);
    if (passes) kept.push(...part);
    return passes;
  });
  return [...alone, ...together];
}

/** Halves a set that does not go through until what fails is single. */
async function refusedIn<T>(
  failing: readonly T[],
  probe: (part: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  if (failing.length <= 1) return failing;
  const middle = failing.length >> 1;
  const refused: T[] = [];
  for (const half of [failing.slice(0, middle), failing.slice(middle)]) {
    if (!(await probe(half))) refused.push(...(await refusedIn(half, probe)));
  }
  return refused;
}
