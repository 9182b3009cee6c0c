import { Worker } from "node:worker_threads";
import { parseDoc } from "../bson/parse-bson.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import type { Batch, DocumentSource } from "../cursors/cursor-registry.js";
import { MongoError, mongoError } from "../mongo-error.js";
import { timeLimitError } from "../planner/turn.js";
import type { Log } from "../storage/store.js";
import type { ReadRequest } from "./read-request.js";
import type { FromReader, ReaderData, ToReader } from "./reader-messages.js";

/** How long a batch may take when the client sets no maxTimeMS. */
const defaultMs = 30_000;
/**
 * How long after a read's deadline its thread is asked whether it goes round, and how long it may take to
 * say so. While it does, the read will notice by itself that its time is over.
 */
const graceMs = 250;
/** What one thread's heap may grow to: sorts and groups have bounds of 100 MB of their own. */
const heapMegabytes = 768;

interface Read {
  readonly request: ReadRequest;
  /** Nothing was given yet: it may be begun again in another thread. */
  fresh: boolean;
  waiting: Waiting | undefined;
}

interface Waiting {
  readonly limit: number;
  readonly bytes: number;
  readonly deadline: number;
  readonly resolve: (batch: Batch) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/**
 * Runs reads that no index covers in a thread of their own. A read that outlives its time and does not
 * give way (a regular expression or a sort cannot) is ended with the thread; the others that ran in it
 * begin again in the next one if they have not answered yet, else their cursors are gone.
 */
export class SlowReader {
  #worker: Worker | undefined;
  readonly #reads = new Map<number, Read>();
  #lastId = 0;
  #paused = false;
  /** When the thread was last heard of. */
  #heardAt = 0;

  constructor(
    private readonly path: string,
    /** Brings what was written to where other threads see it. */
    private readonly settle: () => void,
    private readonly log: Log,
  ) {}

  open(request: ReadRequest): DocumentSource {
    const id = ++this.#lastId;
    this.#begin(id, request);
    this.#reads.set(id, { request, fresh: true, waiting: undefined });
    return {
      next: (limit, bytes, deadline) => this.#next(id, limit, bytes, deadline),
      close: () => {
        if (this.#reads.delete(id)) this.#say({ kind: "close", id });
      },
    };
  }

  #begin(id: number, { kind, database, namespace, body }: ReadRequest): void {
    this.settle();
    this.#say({ kind: "open", id, read: kind, database, namespace, body: serializeDoc(body) });
  }

  #next(
    id: number,
    limit: number,
    bytes: number,
    deadline = performance.now() + defaultMs,
  ): Promise<Batch> {
    const read = this.#reads.get(id);
    if (read === undefined) return Promise.reject(cursorKilled());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#overdue(id), deadline - performance.now() + graceMs);
      read.waiting = { limit, bytes, deadline, resolve, reject, timer };
      this.#ask(id, read.waiting);
    });
  }

  #overdue(id: number): void {
    const waiting = this.#reads.get(id)?.waiting;
    if (waiting === undefined) return;
    const asked = performance.now();
    this.#say({ kind: "ping" });
    waiting.timer = setTimeout(() => {
      if (this.#heardAt >= asked) this.#overdue(id);
      else void this.#end(id);
    }, graceMs);
  }

  #ask(id: number, { limit, bytes, deadline }: Waiting): void {
    const milliseconds = Math.max(deadline - performance.now(), 0);
    this.#say({ kind: "next", id, limit, bytes, milliseconds });
  }

  #say(message: ToReader): void {
    // what is still to be read is told to the next thread
    if (this.#paused) return;
    this.#worker ??= this.#start();
    this.#worker.postMessage(message);
  }

  #start(): Worker {
    const data: ReaderData = { path: this.path };
    const worker = new Worker(new URL("./reader-worker.js", import.meta.url), {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    worker.on("message", (message: FromReader) => this.#hear(message));
    worker.on("error", (error) => this.#failed(worker, error));
    worker.unref();
    return worker;
  }

  #hear(message: FromReader): void {
    this.#heardAt = performance.now();
    if (message.kind === "alive") return;
    const read = this.#reads.get(message.id);
    const waiting = this.#settle(read);
    if (message.kind === "error") {
      this.#reads.delete(message.id);
      const { code, codeName, extra } = message;
      const error = new MongoError(
        code,
        codeName,
        message.message,
        extra === undefined ? {} : { extra: parseDoc(extra) },
      );
      waiting?.reject(error);
      return;
    }
    if (read === undefined) return;
    read.fresh = false;
    if (message.done) this.#reads.delete(message.id);
    let at = 0;
    const documents = message.lengths.map((length) =>
      message.documents.subarray(at, (at += length)),
    );
    waiting?.resolve({ documents, done: message.done });
  }

  #settle(read: Read | undefined): Waiting | undefined {
    const waiting = read?.waiting;
    if (read === undefined || waiting === undefined) return undefined;
    clearTimeout(waiting.timer);
    read.waiting = undefined;
    return waiting;
  }

  /** Ends the thread because this read does not give way. */
  async #end(id: number): Promise<void> {
    const read = this.#reads.get(id);
    this.#reads.delete(id);
    this.#settle(read)?.reject(timeLimitError());
    this.log("warn", "ended a read that outlived its time, and its thread", {
      namespace: read?.request.namespace,
      read: read?.request.kind,
    });
    const worker = this.#worker;
    this.#worker = undefined;
    this.#beginAgain();
    await worker?.terminate();
  }

  /** The thread died by itself, of memory most likely: whatever was being read is to blame. */
  #failed(worker: Worker, error: Error): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.log("error", "the thread for slow reads ended", { error: error.message });
    for (const [id, read] of this.#reads) {
      this.#settle(read)?.reject(mongoError(146, `the read was ended: ${error.message}`));
      this.#reads.delete(id);
    }
  }

  #beginAgain(): void {
    for (const [id, read] of this.#reads) {
      try {
        if (!read.fresh) throw cursorKilled();
        this.#begin(id, read.request);
        if (read.waiting !== undefined) this.#ask(id, read.waiting);
      } catch (error) {
        this.#reads.delete(id);
        this.#settle(read)?.reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  /** Does the work while the thread is not there; what was being read begins again afterwards. */
  async without(work: () => Promise<void>): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#paused = true;
    try {
      await worker?.terminate();
      await work();
    } finally {
      this.#paused = false;
      this.#beginAgain();
    }
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    for (const read of this.#reads.values())
      this.#settle(read)?.reject(mongoError(11600, "interrupted at shutdown"));
    this.#reads.clear();
    await worker?.terminate();
  }
}

function cursorKilled(): MongoError {
  return mongoError(
    237,
    "cursor was killed: its thread was ended because of another read that outlived its time",
  );
}
