/** The superuser of the embedded server, and the name of its database. */
export const roleName = "tandem";
export const databaseName = "tandem";

/** Where a server listens: a directory with its Unix socket as `host`, or (on Windows) a loopback address. */
export type Address = { readonly host: string; readonly port: number; readonly password?: string };

/**
 * A URI that node-postgres and every libpq program (psql, pg_dump) read alike. Port and `sslmode` are in it, because
 * both would otherwise take them from the environment of whoever uses it (`PGPORT`, `PGSSLMODE`).
 */
export function connectionStringFor({ host, port, password }: Address): string {
  const credentials = password === undefined ? roleName : `${roleName}:${encodeURIComponent(password)}`;
  const place = `host=${encodeURIComponent(host)}&port=${port}&sslmode=disable`;
  return `postgres://${credentials}@/${databaseName}?${place}`;
}
