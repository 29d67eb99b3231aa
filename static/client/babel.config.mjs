import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildMacros } from '@embroider/macros/babel';

const macros = buildMacros();

export default {
  plugins: [
    ['@babel/plugin-transform-typescript', { allExtensions: true, onlyRemoveTypeImports: true, allowDeclareFields: true }],
    ['babel-plugin-ember-template-compilation', { transforms: [...macros.templateMacros] }],
    ['module:decorator-transforms', { runtime: { import: fileURLToPath(import.meta.resolve('decorator-transforms/runtime-esm')) } }],
    ['@babel/plugin-transform-runtime', { absoluteRuntime: dirname(fileURLToPath(import.meta.url)), useESModules: true, regenerator: false }],
    ...macros.babelMacros,
  ],
  generatorOpts: { compact: false },
};
