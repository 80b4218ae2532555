import {
  BracesIcon,
  BracketsIcon,
  CalendarIcon,
  ClockIcon,
  FingerprintIcon,
  HashIcon,
  LinkIcon,
  ListIcon,
  type LucideIcon,
  MailIcon,
  PaperclipIcon,
  ToggleLeftIcon,
  TypeIcon as TextIcon,
  WaypointsIcon,
} from "lucide-react";

const ICONS: Record<string, LucideIcon> = {
  int: HashIcon,
  float: HashIcon,
  decimal: HashIcon,
  boolean: ToggleLeftIcon,
  date: CalendarIcon,
  datetime: ClockIcon,
  json: BracesIcon,
  uuid: FingerprintIcon,
  enum: ListIcon,
  email: MailIcon,
  url: LinkIcon,
  file: PaperclipIcon,
  relation: WaypointsIcon,
};

export function TypeIcon({ type }: { type: string }) {
  const Icon = type.startsWith("array") ? BracketsIcon : (ICONS[type] ?? TextIcon);
  return <Icon className="size-4 shrink-0 text-muted-foreground" aria-hidden />;
}
