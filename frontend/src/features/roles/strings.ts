import { formatCount } from "@/lib/format";

export const strings = {
  title: "Roles",
  about:
    "What users of the app may be besides signed in. A user may hold several, and policies speak of each.",
  create: "New role",
  edit: (name: string) => `Edit ${name}`,
  noneTitle: "No roles yet",
  noneAbout: "Make one such as editor, give it to users, and let policies speak of it.",
  name: "Name",
  nameHint: "Small letters, digits, dashes and underscores. It cannot be changed later.",
  nameInvalid: "Begin with a small letter; then letters, digits, - and _.",
  description: "Description",
  holders: (count: number, hasMore: boolean) =>
    hasMore ? `${count}+ users` : formatCount(count, "user"),
  policies: (count: number) => formatCount(count, "policy", "policies"),
  explain: "Explain",
  save: "Save",
  cancel: "Cancel",
  saved: "Saved.",
  created: (name: string) => `The role ${name} was made.`,
  delete: "Delete",
  deleteTitle: (name: string) => `Delete the role ${name}?`,
  deleteAbout: "Only a role that nobody holds and no policy names can be deleted.",
  deleted: "The role is gone.",
};
