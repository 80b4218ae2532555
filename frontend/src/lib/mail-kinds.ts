/** Kinds of mails as people would say them. */
const NAMES: Record<string, string> = {
  verify_email: "Address to be verified",
  reset_password: "Forgotten password",
  otp: "Code to sign in",
  magic_link: "Link to sign in",
  email_change: "New address to be proved",
  email_changed: "Address changed",
  email_taken: "Address already taken",
  email_proof: "Code that proves an address",
  mfa_enabled: "Second factor set up",
  mfa_disabled: "Second factor removed",
  recovery_codes_renewed: "New recovery codes",
  identity_linked: "Other account linked",
  identity_unlinked: "Other account unlinked",
  workflow_message: "Mail of a workflow",
  test: "Test mail",
};

/** Of a kind that nobody has named yet, the word itself: `password_changed` is “Password changed”. */
export function mailKindName(kind: string): string {
  const words = kind.replaceAll("_", " ");
  return NAMES[kind] ?? words.charAt(0).toUpperCase() + words.slice(1);
}
