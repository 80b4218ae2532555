import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const api = process.env.BACKENDIFY_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  server: {
    // The page and the API have one origin, here as in production.
    proxy: { "/api": { target: api, changeOrigin: true, ws: true, rewriteWsOrigin: true } },
    // The client is a folder of this repository, not of this app.
    fs: { allow: [".", "../../sdk/typescript"] },
  },
});
