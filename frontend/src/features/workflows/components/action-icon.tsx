import {
  BoltIcon,
  CalendarClockIcon,
  DatabaseIcon,
  GitBranchIcon,
  GlobeIcon,
  HourglassIcon,
  ListTreeIcon,
  type LucideIcon,
  MailIcon,
  NotebookPenIcon,
  PlayIcon,
  SplitIcon,
  WebhookIcon,
  WorkflowIcon,
} from "lucide-react";

const ICONS: Record<string, LucideIcon> = {
  condition: GitBranchIcon,
  switch: SplitIcon,
  delay: HourglassIcon,
  wait_until: HourglassIcon,
  for_each: ListTreeIcon,
  "workflow.run": WorkflowIcon,
  "email.send": MailIcon,
  "http.request": GlobeIcon,
  log: NotebookPenIcon,
  schedule: CalendarClockIcon,
  manual: PlayIcon,
  webhook: WebhookIcon,
};

/** The sign of an action, or of a trigger. */
export function ActionIcon({ name, className }: { name: string; className?: string }) {
  const isOfRecords = name.startsWith("data.") || name.startsWith("record.");
  const Icon = ICONS[name] ?? (isOfRecords ? DatabaseIcon : BoltIcon);
  return <Icon className={className} aria-hidden />;
}
