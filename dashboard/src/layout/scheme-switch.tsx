import { ActionIcon, useMantineColorScheme } from "@mantine/core";
import type { MantineColorScheme } from "@mantine/core";
import { Icon } from "../components/icon.tsx";
import type { IconName } from "../components/icon.tsx";

interface Scheme {
  readonly icon: IconName;
  readonly name: string;
  readonly next: MantineColorScheme;
}

const SCHEMES: Readonly<Record<MantineColorScheme, Scheme>> = {
  auto: { icon: "auto", name: "as the system", next: "light" },
  light: { icon: "sun", name: "light", next: "dark" },
  dark: { icon: "moon", name: "dark", next: "auto" },
};

/** Light, dark, or as the system has it; kept in this browser. */
export function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { icon, name, next } = SCHEMES[colorScheme];
  const label = `Colours: ${name}. Change to ${SCHEMES[next].name}`;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(next)}
    >
      <Icon name={icon} size={18} />
    </ActionIcon>
  );
}
