/** What reading a topic to its end came to. */
export interface PassResult {
  readonly perSecond: number;
  readonly cpuSeconds: number;
  /** The same for everybody who has read the same. */
  readonly answer: string;
  readonly rssMiB: number;
}

/** One reading of a topic. The clock starts with the first batch, whose records do not count: connecting is not reading. */
export class Pass {
  readonly #records: number;
  readonly #done: () => void;
  #seen = 0;
  #first = 0;
  #begun = 0;
  #ended = 0;
  #cpu: NodeJS.CpuUsage = process.cpuUsage();
  #cpuUsed: NodeJS.CpuUsage = this.#cpu;
  #rss = 0;

  constructor(records: number, done: () => void) {
    this.#records = records;
    this.#done = done;
  }

  /** So many records have been dealt with together. */
  batch(records: number): void {
    if (this.#seen === 0) {
      this.#first = records;
      this.#begun = performance.now();
      this.#cpu = process.cpuUsage();
    }
    this.#seen += records;
    this.#rss = Math.max(this.#rss, process.memoryUsage.rss());
    if (this.#seen < this.#records) return;
    if (this.#seen > this.#records) throw new Error(`read ${this.#seen} of ${this.#records} records`);
    this.#ended = performance.now();
    this.#cpuUsed = process.cpuUsage(this.#cpu);
    this.#done();
  }

  result(answer: string): PassResult {
    return {
      perSecond: ((this.#records - this.#first) / (this.#ended - this.#begun)) * 1000,
      cpuSeconds: (this.#cpuUsed.user + this.#cpuUsed.system) / 1e6,
      answer,
      rssMiB: this.#rss / 2 ** 20,
    };
  }
}
