import type { Status } from "../../../../src/core/status.ts";
import { Card } from "../../components/card.tsx";
import { Copyable } from "../../components/copyable.tsx";
import "./look-inside.css";

const KINDS: Readonly<Record<Status["database"]["kind"], string>> = {
  embedded: "Embedded PostgreSQL",
  server: "PostgreSQL server",
};

/** How to open the marketing database with a tool of one's own. */
export function LookInside({ database }: { readonly database: Status["database"] }) {
  return (
    <Card title="Look inside" aside={`${KINDS[database.kind]} · ${database.server}`}>
      <div className="look-inside">
        <p>The marketing database is plain PostgreSQL and yours. Open it with psql or any other tool:</p>
        <Copyable what="psql command" text={database.psql} />
      </div>
    </Card>
  );
}
