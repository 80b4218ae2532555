import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import type { MailKind } from "@/features/authentication/api";
import { strings } from "@/features/authentication/strings";

const ANOTHER = "+";
const LOCALE = /^[a-z]{2,3}(-[A-Za-z]{2,4})?$/;
const languages = new Intl.DisplayNames(["en"], { type: "language" });

export function LocaleChoice({ kind, locale }: { kind: MailKind; locale: string }) {
  const navigate = useNavigate();
  const [isAdding, setAdding] = useState(false);
  const locales = [...new Set([...kind.templates.map((each) => each.locale), locale])];

  function go(next: string) {
    void navigate({ to: ".", search: { kind: kind.kind, locale: next } });
  }

  return (
    <>
      <Select
        value={locale}
        onValueChange={(next) => (next === ANOTHER ? setAdding(true) : go(next))}
      >
        <SelectTrigger aria-label={strings.locale} className="w-56">
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          {locales.map((each) => (
            <SelectItem key={each} value={each}>
              {languageOf(each)} · {sourceOf(kind, each)}
            </SelectItem>
          ))}
          <SelectItem value={ANOTHER}>{strings.addLocale}</SelectItem>
        </SelectContent>
      </Select>
      <Dialog open={isAdding} onOpenChange={setAdding}>
        <DialogContent>
          <Another
            onChoose={(next) => {
              setAdding(false);
              go(next);
            }}
          />
        </DialogContent>
      </Dialog>
    </>
  );
}

function Another({ onChoose }: { onChoose: (locale: string) => void }) {
  const [text, setText] = useState("");
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(text);
      }}
    >
      <DialogHeader>
        <DialogTitle>{strings.localeTitle}</DialogTitle>
        <DialogDescription>{strings.localeHint}</DialogDescription>
      </DialogHeader>
      <Input
        aria-label={strings.locale}
        value={text}
        onChange={(event) => setText(event.target.value.trim())}
      />
      <DialogFooter>
        <Button type="submit" disabled={!LOCALE.test(text)}>
          {strings.begin}
        </Button>
      </DialogFooter>
    </form>
  );
}

function languageOf(locale: string): string {
  return languages.of(locale) ?? locale;
}

function sourceOf({ templates }: MailKind, locale: string): string {
  const source = templates.find((each) => each.locale === locale)?.source;
  return source === "project" ? strings.own : strings.standard;
}
