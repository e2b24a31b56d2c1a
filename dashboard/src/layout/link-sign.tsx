import { StateWord } from "../components/state-word.tsx";
import type { LinkState } from "../live/live-store.ts";
import { useLive } from "../live/use-live.ts";
import type { Tone } from "../status/words.ts";

const SIGNS: Readonly<Record<LinkState, { readonly word: string; readonly tone: Tone }>> = {
  opening: { word: "Connecting", tone: "off" },
  live: { word: "Live", tone: "well" },
  lost: { word: "Offline", tone: "attention" },
};

/** Whether the page shows the present. */
export function LinkSign() {
  const { link } = useLive();
  return <StateWord {...SIGNS[link]} moving={link === "live"} />;
}
