import "./state-word.css";
import type { Tone } from "../status/words.ts";

interface StateWordProps {
  readonly word: string;
  readonly tone: Tone;
  /** Whether something moves right now: the dot breathes. */
  readonly moving?: boolean;
}

/** A state in one word and one colour. The word says it all; the colour only says it sooner. */
export function StateWord({ word, tone, moving = false }: StateWordProps) {
  return (
    <span className={`state-word tone-${tone} ${moving ? "state-word--moving" : ""}`}>
      <span className="state-word__dot" aria-hidden="true" />
      {word}
    </span>
  );
}
