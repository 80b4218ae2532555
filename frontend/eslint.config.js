import { readdirSync } from "node:fs";

import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import typescript from "typescript-eslint";

// From the top down: nothing imports from above, and no feature imports another. What a route loads
// lazily, by import(), is no import in this sense.
const LAYERS = ["shell", "features", "routing", "components", "hooks", "lib"];
const TOP = ["@/main", "@/router", "@/registry"];

function below(layer) {
  const above = LAYERS.slice(0, LAYERS.indexOf(layer)).map((name) => `@/${name}/*`);
  const group = layer === "shell" ? [] : [...TOP, ...above];
  return restricted([`src/${layer}/**/*.{ts,tsx}`], [...group, "../*"]);
}

function apart(feature) {
  const others = FEATURES.filter((name) => name !== feature).map((name) => `@/features/${name}/*`);
  const group = [...TOP, "@/shell/*", "../*", ...others];
  return restricted([`src/features/${feature}/**/*.{ts,tsx}`], group);
}

function restricted(files, group) {
  const message = "Imports point down, and features do not import each other: see docs.";
  return {
    files,
    rules: { "no-restricted-imports": ["error", { patterns: [{ group, message }] }] },
  };
}

const FEATURES = readdirSync(new URL("./src/features", import.meta.url));

export default defineConfig(
  globalIgnores(["dist", "src/client/schema.d.ts"]),
  js.configs.recommended,
  typescript.configs.strict,
  hooks.configs.flat["recommended-latest"],
  {
    rules: {
      "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
      // A condition in JSX counts as a branch.
      complexity: ["error", 12],
      "max-depth": ["error", 3],
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/no-explicit-any": "error",
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
    },
  },
  ...LAYERS.filter((layer) => layer !== "features").map(below),
  ...FEATURES.map(apart),
  {
    files: ["*.js", "scripts/**/*.mjs", "public/**/*.js"],
    languageOptions: {
      globals: {
        console: "readonly",
        document: "readonly",
        localStorage: "readonly",
        matchMedia: "readonly",
        process: "readonly",
        URL: "readonly",
      },
    },
    rules: { "no-console": "off" },
  },
);
