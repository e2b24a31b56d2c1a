/** The superuser of the embedded server, and the name of its database. */
export const roleName = "tandem";
export const databaseName = "tandem";

/** Where a server listens: a directory with its Unix socket as `host`, or (on Windows) a loopback address. */
export type Address = { readonly host: string; readonly port: number; readonly password?: string };

/** A URI that node-postgres and every libpq program (psql, pg_dump) read alike. */
export function connectionStringFor({ host, port, password }: Address): string {
  if (password === undefined)
    return `postgres://${roleName}@/${databaseName}?host=${encodeURIComponent(host)}`;
  return `postgres://${roleName}:${encodeURIComponent(password)}@${host}:${port}/${databaseName}`;
}
