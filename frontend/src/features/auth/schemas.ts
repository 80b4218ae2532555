import { z } from "zod";

import { strings } from "@/features/auth/strings";

const email = z.email(strings.emailInvalid);

export const loginSchema = z.object({ email, password: z.string().min(1, strings.needed) });

export const registerSchema = z.object({
  email,
  name: z.string(),
  password: z.string().min(8, strings.tooShort),
});

export const codeSchema = z.object({ code: z.string().trim().min(6, strings.needed) });
