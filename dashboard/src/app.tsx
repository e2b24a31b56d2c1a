import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Shell } from "./layout/shell.tsx";
import { LiveStore } from "./live/live-store.ts";
import { LiveContext } from "./live/use-live.ts";
import { NotFound } from "./pages/not-found.tsx";
import { usePath } from "./router.tsx";
import { ROUTES } from "./routes.tsx";
import { cssVariablesResolver, theme } from "./theme.ts";

export function App() {
  const [queries] = useState(() => new QueryClient());
  const [live] = useState(() => new LiveStore(queries));
  useEffect(() => live.start(), [live]);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <QueryClientProvider client={queries}>
        <LiveContext value={live}>
          <Shell>
            <Page />
          </Shell>
        </LiveContext>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Page() {
  const path = usePath();
  const route = ROUTES.find((candidate) => candidate.path === path);
  return route === undefined ? <NotFound /> : <route.page />;
}

/** The nonce that the server put into the page: style elements without it are refused. */
function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
}
