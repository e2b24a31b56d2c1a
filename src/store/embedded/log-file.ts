import { constants, copyFile, open, stat, truncate } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

/** A log longer than this (bytes) is moved to `<name>.1`, so both together stay below about twice as much. */
const longestLog = 8 * 1024 * 1024;
const lastLines = 20;

/** Opens the log for the server to append to. A symbolic link in its place is refused: root writes here, too. */
export async function openLog(path: string): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants;
  return open(path, O_APPEND | O_CREAT | O_WRONLY | (O_NOFOLLOW ?? 0), 0o600);
}

/**
 * Moves the content aside when the log has grown long. The server keeps its open file, so the content is copied and
 * the file emptied; lines written in between are lost.
 */
export async function boundLog(path: string): Promise<void> {
  if ((await lengthOf(path)) <= longestLog) return;
  await copyFile(path, `${path}.1`);
  await truncate(path, 0);
}

/** The present length in bytes; 0 when there is no log yet. */
export async function lengthOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** The last lines written after `offset` bytes. */
export async function tailOf(path: string, offset: number): Promise<string[]> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const start = Math.max(offset, size - 16 * 1024);
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(Math.max(0, size - start)),
      position: start,
    });
    const lines = buffer.toString("utf8", 0, bytesRead).split("\n");
    return lines.filter((line) => line !== "").slice(-lastLines);
  } finally {
    await file.close();
  }
}
