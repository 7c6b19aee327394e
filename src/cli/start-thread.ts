import { Worker } from 'node:worker_threads';

/**
 * A thread of the build that runs a module beside the caller's; from source, where the loader of the main thread does not reach, one
 * that brings its own.
 * @param caller import.meta.url of the caller
 * @param name of the module, without its ending
 */
export function startThread(caller: string, name: string): Worker {
  if (!caller.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, caller));
  const entry = JSON.stringify(new URL(`./${name}.ts`, caller).href);
  return new Worker(`import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${entry}); })`, {
    eval: true,
  });
}
