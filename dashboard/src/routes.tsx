import type { ComponentType } from "react";
import { UnseenCount } from "./notices/unseen-count.tsx";
import { SyncErrors } from "./pages/errors/sync-errors.tsx";
import { Notices } from "./pages/notices/notices.tsx";
import { Overview } from "./pages/overview/overview.tsx";

export interface Route {
  readonly path: string;
  readonly label: string;
  readonly page: ComponentType;
  /** Stands behind the label in the navigation. */
  readonly aside?: ComponentType;
}

/** Every page, in the order of the navigation. */
export const ROUTES: readonly Route[] = [
  { path: "/", label: "Overview", page: Overview },
  { path: "/errors", label: "Sync Errors", page: SyncErrors },
  { path: "/notices", label: "Notices", page: Notices, aside: UnseenCount },
];
