import { Card } from "../components/card.tsx";
import { Link } from "../router.tsx";

export function NotFound() {
  return (
    <Card title="There is no page here">
      <p>
        The address may be mistyped. <Link to="/">Go to the overview</Link>.
      </p>
    </Card>
  );
}
