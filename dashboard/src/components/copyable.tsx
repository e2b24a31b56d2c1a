import "./copyable.css";
import { ActionIcon } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { Icon } from "./icon.tsx";

interface CopyableProps {
  /** What the text is, for the button's name: `psql command`. */
  readonly what: string;
  readonly text: string;
}

/** A command to copy into a terminal. */
export function Copyable({ what, text }: CopyableProps) {
  const clipboard = useClipboard({ timeout: 2_000 });
  return (
    <div className="copyable">
      <code className="copyable__text" tabIndex={0}>
        {text}
      </code>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Copy the ${what}`}
        title={`Copy the ${what}`}
        onClick={() => clipboard.copy(text)}
      >
        <Icon name={clipboard.copied ? "check" : "copy"} />
      </ActionIcon>
      <span className="unseen" role="status">
        {clipboard.copied ? "Copied" : ""}
      </span>
    </div>
  );
}
