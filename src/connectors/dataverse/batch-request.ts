/**
 * Several requests in one: the body of a `$batch`.
 */
import type { Command } from "./client.ts";

/** Bodies are JSON on one line, so no line inside a part can look like this boundary. */
const BOUNDARY = "batch_tandem";

/**
 * One request that carries all of them, each for itself: what is refused does not keep the others back. Parts are
 * numbered from 1 in their `Content-ID`.
 * @param base path of the Web API, without the host, which a proxy may know by another name
 */
export function batchCommand(base: string, commands: readonly Command[]): Command {
  const parts = commands.map((command, place) => part(base, command, place + 1));
  return {
    method: "POST",
    path: "$batch",
    headers: {
      "content-type": `multipart/mixed; boundary="${BOUNDARY}"`,
      prefer: "odata.continue-on-error",
    },
    body: `${parts.join("")}--${BOUNDARY}--\r\n`,
  };
}

/** Line ends must be CRLF: with bare line feeds the service refuses the last part. */
function part(base: string, { method, path, headers, body }: Command, id: number): string {
  return [
    `--${BOUNDARY}`,
    "Content-Type: application/http",
    "Content-Transfer-Encoding: binary",
    `Content-ID: ${id}`,
    "",
    `${method} ${base}/${path} HTTP/1.1`,
    "Accept: application/json",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    "",
    body ?? "",
    "",
  ].join("\r\n");
}
