import "./no-connection.css";
import { Copyable } from "../../components/copyable.tsx";
import { Mark } from "../../components/mark.tsx";

/** In place of connections while there is none. */
export function NoConnection() {
  return (
    <section className="no-connection" aria-labelledby="no-connection">
      <Mark size={64} />
      <h2 className="no-connection__title" id="no-connection">
        Connect a Dynamics organization
      </h2>
      <p>
        The marketing database is ready and empty. Connect from a terminal: it asks for the address and the
        sign-in, checks both, and says what is missing.
      </p>
      <Copyable what="command" text="npm run tandem -- connect" />
      <p className="no-connection__else">
        Or set <code>TANDEM_DYNAMICS_URL</code> and its sign-in in the environment and start Tandem again.
        This page fills by itself.
      </p>
    </section>
  );
}
