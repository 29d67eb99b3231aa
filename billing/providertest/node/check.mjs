// Prints what the TypeScript compiler has against the file of the first argument, which may import the clients by name: nothing, if that is so.
import { join } from "node:path";
import ts from "typescript";

const beside = join(import.meta.dirname, "check.mjs");
const options = { noEmit: true, strict: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
const host = ts.createCompilerHost(options);
host.resolveModuleNameLiterals = (names, file) => names.map(({ text }) =>
  ts.resolveModuleName(text, text.startsWith(".") ? file : beside, options, host, undefined, undefined, ts.ModuleKind.ESNext));
const program = ts.createProgram([process.argv[2]], options, host);
process.stdout.write(ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), host));
