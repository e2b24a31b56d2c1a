/** An id with what each side has of it. */
export interface Meeting<Left, Right> {
  readonly id: string;
  readonly left: Left | undefined;
  readonly right: Right | undefined;
}

interface Sided<T> {
  readonly items: AsyncIterable<T>;
  readonly id: (item: T) => string;
}

/**
 * Walks two sides, each in id order, and yields every id once with both halves, or with the half that has it. Where one
 * side has an id several times, the second and later ones come alone.
 */
export async function* meet<Left, Right>(
  left: Sided<Left>,
  right: Sided<Right>,
): AsyncGenerator<Meeting<Left, Right>> {
  const lefts = left.items[Symbol.asyncIterator]();
  const rights = right.items[Symbol.asyncIterator]();
  let one = await next(lefts);
  let other = await next(rights);
  for (;;) {
    const leftId = one === undefined ? undefined : left.id(one);
    const rightId = other === undefined ? undefined : right.id(other);
    const id = least(leftId, rightId);
    if (id === undefined) return;
    yield { id, left: leftId === id ? one : undefined, right: rightId === id ? other : undefined };
    if (leftId === id) one = await next(lefts);
    if (rightId === id) other = await next(rights);
  }
}

async function next<T>(items: AsyncIterator<T, unknown>): Promise<T | undefined> {
  const step = await items.next();
  return step.done === true ? undefined : step.value;
}

function least(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one < other ? one : other;
}
