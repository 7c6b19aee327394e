import type { Worker } from 'node:worker_threads';

/** What a thread answers where it could not do what it was asked. */
export interface ThreadProblem {
  readonly problem: string;
}

/** Asks a thread one question, the only one at a time, and brings its answer. Rejects with what it calls a problem, or dies of. */
export function askThread<Reply extends object>(
  thread: Worker,
  request: object,
): Promise<Exclude<Reply, ThreadProblem>> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      thread.off('message', onMessage);
      thread.off('error', onError);
      act();
    };
    const onMessage = (reply: Exclude<Reply, ThreadProblem> | ThreadProblem): void =>
      settle(() => ('problem' in reply ? reject(new Error(reply.problem)) : resolve(reply)));
    const onError = (error: Error): void => settle(() => reject(error));
    thread.on('message', onMessage);
    thread.on('error', onError);
    thread.postMessage(request);
  });
}
