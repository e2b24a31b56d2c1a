/**
 * What machines ask of a running Tandem: whether it can do its work, and its measurements.
 */
export interface Probes {
  /** What is missing for the work; nothing when it is ready. Never fails. */
  missing(): Promise<readonly Missing[]>;
  /** The measurements, in Prometheus' text format. Never fails: what cannot be read is left out. */
  metrics(): Promise<string>;
}

export interface Missing {
  /** `database`: it does not answer. `schema`: it is not the one this Tandem knows. `running`: it is shutting down. */
  readonly what: "database" | "schema" | "running";
  /** Why, in one sentence. */
  readonly reason: string;
}
