import "./shell.css";
import type { ReactNode } from "react";
import { Mark } from "../components/mark.tsx";
import { useLive, useStatus } from "../live/use-live.ts";
import { Link } from "../router.tsx";
import { ROUTES } from "../routes.tsx";
import { LinkBanner } from "./link-banner.tsx";
import { LinkSign } from "./link-sign.tsx";
import { SchemeSwitch } from "./scheme-switch.tsx";

/** What surrounds every page: name, navigation, whether all this is live. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const { data: status } = useStatus();
  const { link } = useLive();
  return (
    <div className="shell">
      <a className="shell__skip" href="#content">
        Skip to the content
      </a>
      <header className="shell__bar">
        <Link to="/" className="shell__name">
          <Mark />
          <span>Tandem</span>
        </Link>
        {status?.demo === true && (
          <span
            className="shell__demo"
            title="An emulated organization with simulated sellers: nothing here is real."
          >
            Demo
          </span>
        )}
        <nav className="shell__nav" aria-label="Pages">
          {ROUTES.map(({ path, label, aside: Aside }) => (
            <Link key={path} to={path} className="shell__link">
              {label}
              {Aside !== undefined && <Aside />}
            </Link>
          ))}
        </nav>
        <div className="shell__end">
          <LinkSign />
          <SchemeSwitch />
        </div>
      </header>
      <main id="content" className="shell__content" tabIndex={-1}>
        <LinkBanner />
        <div className={link === "lost" ? "shell__past" : undefined}>{children}</div>
      </main>
      <footer className="shell__foot">
        <span>
          Tandem {status?.version} · workspace <strong>{status?.workspace ?? "…"}</strong>
        </span>
        <a href="/api/openapi.json">API</a>
      </footer>
    </div>
  );
}
