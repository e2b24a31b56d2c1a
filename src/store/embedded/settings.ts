/** One server setting and why the embedded server has this value. */
export type Setting = { readonly name: string; readonly value: string; readonly reason: string };

/**
 * The settings a new cluster is made with. They go into its `postgresql.conf`, so whoever owns the folder may change
 * them there or with `ALTER SYSTEM`; Tandem does not overwrite them later.
 */
export const clusterSettings: readonly Setting[] = [
  {
    name: "shared_buffers",
    value: "128MB",
    reason: "enough for the hot pages; the system's cache holds the rest",
  },
  {
    name: "max_connections",
    value: "60",
    reason: "pools of one Tandem plus a person's tools; each costs memory",
  },
  {
    name: "huge_pages",
    value: "off",
    reason: "a container limit on huge pages kills the server with SIGBUS",
  },
  { name: "max_wal_size", value: "1GB", reason: "a bulk COPY then runs between checkpoints, not into them" },
  {
    name: "wal_compression",
    value: "off",
    reason: "only pglz is built in: scattered updates took 4 times as long",
  },
  { name: "checkpoint_timeout", value: "15min", reason: "rarer checkpoints write fewer full-page images" },
  { name: "maintenance_work_mem", value: "128MB", reason: "indexes are built after a bulk load" },
  { name: "fsync", value: "on", reason: "never off: an acknowledged commit survives a power cut" },
  { name: "full_page_writes", value: "on", reason: "a page torn by a power cut is repaired" },
  { name: "synchronous_commit", value: "on", reason: "a checkpoint that was committed never moves back" },
  { name: "timezone", value: "UTC", reason: "a session without a zone of its own reads UTC" },
  { name: "log_timezone", value: "UTC", reason: "the log lines up with Tandem's own" },
  {
    name: "log_min_messages",
    value: "log",
    reason: "errors go to the client; their text may quote personal values",
  },
  { name: "log_min_error_statement", value: "panic", reason: "statements may hold personal values" },
  { name: "log_error_verbosity", value: "terse", reason: "details and contexts quote rows" },
  {
    name: "logging_collector",
    value: "off",
    reason: "Tandem hands the server a log file and bounds its size",
  },
];
