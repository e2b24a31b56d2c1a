/**
 * SQL that tells one state of pending change `p` from every other. A change that was over and has begun anew counts
 * from one again, but at another moment.
 */
export const REVISION = "p.revision || '@' || p.since";
