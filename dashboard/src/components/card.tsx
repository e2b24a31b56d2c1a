import "./card.css";
import { useId } from "react";
import type { ReactNode } from "react";

interface CardProps {
  readonly title: string;
  /** Stands at the end of the title's line. */
  readonly aside?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

/** One idea on the page, with its title as the name of its region. */
export function Card({ title, aside, className = "", children }: CardProps) {
  const titleId = useId();
  return (
    <section className={`card ${className}`} aria-labelledby={titleId}>
      <header className="card__head">
        <h2 className="card__title" id={titleId}>
          {title}
        </h2>
        {aside !== undefined && <div className="card__aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}
