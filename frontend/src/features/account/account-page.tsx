import { Page } from "@/components/page";
import { Mfa } from "@/features/account/components/mfa";
import { Passkeys } from "@/features/account/components/passkeys";
import { PasswordForm } from "@/features/account/components/password-form";
import { ProfileForm } from "@/features/account/components/profile-form";
import { Sessions } from "@/features/account/components/sessions";
import { strings } from "@/features/account/strings";

export function AccountPage() {
  return (
    <Page title={strings.title} className="max-w-2xl">
      <div className="grid grid-cols-1 gap-4">
        <ProfileForm />
        <PasswordForm />
        <Mfa />
        <Passkeys />
        <Sessions />
      </div>
    </Page>
  );
}
