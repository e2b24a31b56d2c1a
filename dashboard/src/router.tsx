import { useSyncExternalStore } from "react";
import type { MouseEvent, ReactNode } from "react";

/** The path of the page shown, moving with the browser's history. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => window.location.pathname);
}

interface LinkProps {
  readonly to: string;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A link within the application: moves without reloading, so that live charts go on. */
export function Link({ to, className, children }: LinkProps) {
  const current = usePath() === to;
  return (
    <a
      href={to}
      className={className}
      aria-current={current ? "page" : undefined}
      onClick={(event) => move(event, to)}
    >
      {children}
    </a>
  );
}

function move(event: MouseEvent, to: string): void {
  const elsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
  if (elsewhere) return;
  event.preventDefault();
  window.history.pushState(null, "", to);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  return () => window.removeEventListener("popstate", listener);
}
