import { workerData } from 'node:worker_threads';
import { newQuickJSWASMModule, type QuickJSHandle } from 'quickjs-emscripten';
import { isSandboxData, type SandboxOutcome, type SandboxTask } from './sandbox-protocol.ts';

/**
 * The thread in which a user's function runs, in an interpreter of its own that reaches nothing
 * outside. The interpreter looks at the clock as it goes on; where it does not, within one of its
 * built-in functions, the thread is ended from outside.
 */

const STACK_BYTES_MAX = 256 * 1024;
/** Makes the user's function one from text to text, by what no user's code can change any more. */
const WRAP = `(({ parse, stringify }) => (user) => {
  if (typeof user !== 'function') throw new TypeError('the script is no function of a record');
  return (text) => {
    const record = parse(text);
    const result = user(record);
    return stringify(result === undefined ? record : result);
  };
})(JSON)`;

const given: unknown = workerData;
if (!isSandboxData(given)) throw new Error('it was started without what it needs');
const { source, memoryBytes, answered, port } = given;
const count = new Int32Array(answered);
let deadlineMs = 0;
const runtime = (await newQuickJSWASMModule()).newRuntime();
runtime.setMemoryLimit(memoryBytes);
runtime.setMaxStackSize(STACK_BYTES_MAX);
runtime.setInterruptHandler(() => cpuMs() > deadlineMs);
const context = runtime.newContext();
let wrapped: QuickJSHandle | null = null;

port.on('message', ({ records, recordMs, allMs }: SandboxTask) => {
  const endMs = cpuMs() + allMs;
  deadlineMs = endMs;
  const problem = wrapProblem();
  const outcomes = records.map((record) => {
    if (problem !== null) return problem;
    const nowMs = cpuMs();
    if (nowMs >= endMs) return cutOff('the time for a batch is used up');
    deadlineMs = Math.min(endMs, nowMs + recordMs);
    return outcomeOf(record, recordMs);
  });
  port.postMessage(outcomes);
  tell();
});
tell();

function tell(): void {
  Atomics.add(count, 0, 1);
  Atomics.notify(count, 0);
}

/** What keeps the script from being a function, when it is first asked for; null: it is one. */
function wrapProblem(): SandboxOutcome | null {
  try {
    wrapped ??= wrap();
    return null;
  } catch (thrown) {
    return failed(thrown, 'its time, before it was a function');
  }
}

function outcomeOf(record: string, recordMs: number): SandboxOutcome {
  try {
    if (wrapped === null) return cutOff('it is no function');
    return { text: call(wrapped, record), error: '', isCutOff: false };
  } catch (thrown) {
    return failed(thrown, `${recordMs} ms`);
  }
}

function failed(thrown: unknown, limit: string): SandboxOutcome {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (message.includes('interrupted')) return cutOff(`it took longer than ${limit}`);
  if (message.includes('out of memory')) return cutOff('it took too much memory');
  return { text: '', error: message, isCutOff: false };
}

/** What this thread has worked: on a busy machine it may have to wait for its turn. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function cutOff(error: string): SandboxOutcome {
  return { text: '', error, isCutOff: true };
}

function wrap(): QuickJSHandle {
  using maker = got(context.evalCode(WRAP, 'wrap.js'));
  using user = got(context.evalCode(source, 'script.js'));
  return got(context.callFunction(maker, context.undefined, user));
}

/** What the function makes of its argument; empty: nothing that can be written down. */
function call(handle: QuickJSHandle, record: string): string {
  using text = context.newString(record);
  using result = got(context.callFunction(handle, context.undefined, text));
  return context.typeof(result) === 'string' ? context.getString(result) : '';
}

type Result = ReturnType<typeof context.evalCode>;

/** @throws Error in the words of the interpreter. */
function got(result: Result): QuickJSHandle {
  if (result.error === undefined) return result.value;
  using error = result.error;
  const told: unknown = context.dump(error);
  const isError = typeof told === 'object' && told !== null && 'message' in told && 'name' in told;
  throw new Error(
    isError ? `${String(told.name)}: ${String(told.message)}` : `it threw ${JSON.stringify(told)}`,
  );
}
