import "./notice.css";
import type { ReactNode } from "react";
import type { Tone } from "../status/words.ts";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon.tsx";

interface NoticeProps {
  readonly tone: Tone;
  readonly icon: IconName;
  /** What is the matter, in one sentence. */
  readonly title: string;
  /** What to do about it. */
  readonly children?: ReactNode;
  /** Quiet facts in one line: who, since when. */
  readonly facts?: readonly ReactNode[];
  readonly action?: ReactNode;
}

/** Something a person should know, with what to do and who must do it. */
export function Notice({ tone, icon, title, children, facts = [], action }: NoticeProps) {
  return (
    <div className={`notice tone-${tone}`}>
      <span className="notice__icon">
        <Icon name={icon} size={18} />
      </span>
      <div className="notice__body">
        <p className="notice__title">{title}</p>
        {children !== undefined && <div className="notice__text">{children}</div>}
        {facts.length > 0 && (
          <ul className="notice__facts">
            {facts.map((fact, index) => (
              <li key={index}>{fact}</li>
            ))}
          </ul>
        )}
      </div>
      {action !== undefined && <div className="notice__action">{action}</div>}
    </div>
  );
}
