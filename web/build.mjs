// Bundles the page into a folder: index.html and assets whose names carry their hash. `node build.mjs [FOLDER]`;
// the default is ../build/web.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.resolve(process.argv[2] ?? path.join(here, "../build/web"));

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const result = await build({
  absWorkingDir: here,
  entryPoints: { page: "src/main.ts", style: "src/style.css" },
  entryNames: "assets/[name]-[hash]",
  outdir: folder,
  bundle: true,
  minify: true,
  format: "esm",
  splitting: true,
  chunkNames: "assets/[name]-[hash]",
  target: "es2022",
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
});

// The name that an entry point got, relative to index.html.
function output_of(entry) {
  const [file] = Object.entries(result.metafile.outputs).find(([, output]) => output.entryPoint === entry);
  return path.relative(folder, path.resolve(here, file)).split(path.sep).join("/");
}

const html = await readFile(path.join(here, "src/index.html"), "utf8");
await writeFile(
  path.join(folder, "index.html"),
  html.replace("{{page}}", output_of("src/main.ts")).replace("{{style}}", output_of("src/style.css")),
);
