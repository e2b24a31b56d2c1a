import type { ComponentType } from "react";
import { Overview } from "./pages/overview/overview.tsx";

export interface Route {
  readonly path: string;
  readonly label: string;
  readonly page: ComponentType;
}

/** Every page, in the order of the navigation. */
export const ROUTES: readonly Route[] = [{ path: "/", label: "Overview", page: Overview }];
