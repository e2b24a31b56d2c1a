import "./figure.css";
import type { ReactNode } from "react";

interface FigureProps {
  readonly label: string;
  readonly value: ReactNode;
  /** Small, after the value: `/s`. */
  readonly unit?: string;
  /** One quiet line below. */
  readonly note?: ReactNode;
}

/** One number with its name. Stands in a `<dl className="figures">`. */
export function Figure({ label, value, unit, note }: FigureProps) {
  return (
    <div className="figure">
      <dt className="figure__label">{label}</dt>
      <dd className="figure__value">
        {value}
        {unit !== undefined && <span className="figure__unit">{unit}</span>}
      </dd>
      {note !== undefined && <dd className="figure__note">{note}</dd>}
    </div>
  );
}
