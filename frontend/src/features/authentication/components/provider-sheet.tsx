import { useFormContext } from "react-hook-form";
import { toast } from "sonner";
import { z } from "zod";

import { RemoveButton } from "@/components/confirm-dialog/confirm-button";
import { CopyButton } from "@/components/copy-button";
import { SelectField, SwitchField, TextField } from "@/components/form/field";
import { Form, SubmitButton } from "@/components/form/form";
import { useApiForm } from "@/components/form/use-api-form";
import { Button } from "@/components/ui/button";
import {
  Sheet,
  SheetBody,
  SheetContent,
  SheetFooter,
  SheetHeader,
  SheetTitle,
} from "@/components/ui/sheet";
import { type Provider, removeProvider, saveProvider } from "@/features/authentication/api";
import { strings } from "@/features/authentication/strings";
import { useProject } from "@/routing/use-project";

const TYPES = ["google", "github", "oidc"] as const;
const NAME = /^[a-z][a-z0-9_-]{0,30}$/;

const schema = z
  .object({
    name: z.string(),
    type: z.enum(TYPES),
    issuer: z.string(),
    client_id: z.string().min(1, strings.needed),
    client_secret: z.string(),
    scopes: z.string(),
    enabled: z.boolean(),
  })
  .refine(({ type, issuer }) => type !== "oidc" || issuer.trim() !== "", {
    path: ["issuer"],
    message: strings.needed,
  })
  .refine(({ name, type }) => NAME.test(name || type), {
    path: ["name"],
    message: strings.nameInvalid,
  });

type Values = z.infer<typeof schema>;
type Props = {
  name: string | undefined;
  provider: Provider | undefined;
  taken: readonly string[];
  onClose: () => void;
};

export function ProviderSheet(props: Props) {
  const { name, provider, onClose } = props;
  const isOpen = name === "new" || provider !== undefined;
  return (
    <Sheet open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <SheetContent>
        <SheetHeader>
          <SheetTitle>
            {provider ? strings.editProvider(name ?? "") : strings.addProvider}
          </SheetTitle>
        </SheetHeader>
        <ProviderForm key={name} {...props} />
      </SheetContent>
    </Sheet>
  );
}

function ProviderForm({ name, provider, taken, onClose }: Props) {
  const { slug } = useProject();
  const known = provider ? name : undefined;
  const first = TYPES.find((each) => !taken.includes(each)) ?? "oidc";
  const form = useApiForm<Values>({
    schema,
    defaultValues: valuesOf(known ?? "", provider, first),
    onSubmit: async (values) => {
      await saveProvider(slug, known ?? (values.name || values.type), bodyOf(values));
      toast.success(strings.saved);
      onClose();
    },
  });
  return (
    <Form {...form} className="flex min-h-0 flex-1 flex-col gap-0">
      <SheetBody className="grid content-start gap-5">
        <Fields known={known} hasSecret={provider?.client_secret_set ?? false} />
      </SheetBody>
      <SheetFooter>
        {known !== undefined && <RemoveProvider name={known} onClose={onClose} />}
        <Button variant="outline" onClick={onClose}>
          {strings.cancel}
        </Button>
        <SubmitButton>{strings.save}</SubmitButton>
      </SheetFooter>
    </Form>
  );
}

function Fields({ known, hasSecret }: { known: string | undefined; hasSecret: boolean }) {
  const { watch } = useFormContext<Values>();
  const [type, name] = watch(["type", "name"]);
  return (
    <>
      <SelectField<Values>
        name="type"
        label={strings.type}
        options={TYPES.map((value) => ({ value, label: strings.types[value] }))}
      />
      {known === undefined && (
        <TextField<Values>
          name="name"
          label={strings.name}
          hint={strings.nameHint}
          placeholder={type}
          className="[&_input]:font-mono"
          autoComplete="off"
        />
      )}
      <Callback name={known ?? (name || type)} />
      {type === "oidc" && (
        <TextField<Values>
          name="issuer"
          label={strings.issuer}
          hint={strings.issuerHint}
          placeholder="https://id.example.com"
          autoComplete="off"
        />
      )}
      <TextField<Values> name="client_id" label={strings.client_id} autoComplete="off" />
      <TextField<Values>
        name="client_secret"
        type="password"
        label={strings.client_secret}
        hint={hasSecret ? strings.secretKept : strings.secretHint}
        autoComplete="new-password"
      />
      <TextField<Values>
        name="scopes"
        label={strings.scopes}
        hint={strings.scopesHint}
        autoComplete="off"
      />
      <SwitchField<Values> name="enabled" label={strings.inUse} />
    </>
  );
}

function Callback({ name }: { name: string }) {
  const { id } = useProject();
  const address = `${window.location.origin}/api/projects/${id}/auth/oauth/${name}/callback`;
  return (
    <div className="grid gap-1.5">
      <span className="text-sm font-medium">{strings.callback}</span>
      <div className="flex items-center gap-1 rounded-md border bg-muted/50 py-1 pr-1 pl-3">
        <code className="min-w-0 flex-1 font-mono text-xs break-all">{address}</code>
        <CopyButton text={address} label={strings.copyCallback} />
      </div>
    </div>
  );
}

function RemoveProvider({ name, onClose }: { name: string; onClose: () => void }) {
  const { slug } = useProject();
  return (
    <RemoveButton
      className="mr-auto"
      title={strings.removeTitle(name)}
      description={strings.removeAbout}
      action={strings.remove}
      onConfirm={async () => {
        await removeProvider(slug, name);
        toast.success(strings.removed);
        onClose();
      }}
    />
  );
}

function valuesOf(name: string, provider: Provider | undefined, first: Values["type"]): Values {
  const blank = { name, type: first, client_id: "", client_secret: "", enabled: true };
  const { type, client_id: id, enabled = true } = provider ?? blank;
  return {
    ...blank,
    type,
    client_id: id,
    enabled,
    issuer: provider?.issuer ?? "",
    scopes: provider?.scopes?.join(" ") ?? "",
  };
}

/** A secret that is not given stays what it is. */
function bodyOf({ type, issuer, client_id: id, client_secret: secret, scopes, enabled }: Values) {
  const asked = scopes.split(/\s+/).filter(Boolean);
  return {
    type,
    enabled,
    client_id: id.trim(),
    issuer: type === "oidc" ? issuer.trim() : null,
    scopes: asked.length > 0 ? asked : null,
    ...(secret && { client_secret: secret }),
  };
}
