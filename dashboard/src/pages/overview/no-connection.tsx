import "./no-connection.css";
import { Card } from "../../components/card.tsx";
import { Copyable } from "../../components/copyable.tsx";

/** In place of connections while there is none. */
export function NoConnection() {
  return (
    <Card title="No connection yet">
      <div className="no-connection">
        <p>
          The marketing database is ready and empty. Connect a Dynamics organization from a terminal: it asks
          for the address and the sign-in, checks both, and says what is missing.
        </p>
        <Copyable what="command" text="npm run tandem -- connect" />
        <p>
          Or set <code>TANDEM_DYNAMICS_URL</code> and its sign-in in the environment and start Tandem again.
          This page fills by itself.
        </p>
      </div>
    </Card>
  );
}
