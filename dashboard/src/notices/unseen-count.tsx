import "./unseen-count.css";
import { formatCount } from "../format.ts";
import { useNotices } from "./use-notices.ts";

/** More are many. */
const MOST = 99;

/** How many notices nobody has seen yet; nothing where there are none. */
export function UnseenCount() {
  const { data } = useNotices();
  const count = data?.unseen ?? 0;
  return (
    <span role="status">
      {count > 0 && (
        <span className="unseen-count">
          <span className="unseen">, </span>
          {count > MOST ? `${MOST}+` : formatCount(count)}
          <span className="unseen"> not seen yet</span>
        </span>
      )}
    </span>
  );
}
