import { doubled } from './doubled.ts';

/**
 * When the key of each place was touched last, apart from the states: asked for without a look at a state, which may not be in memory.
 */
export class TouchTimes {
  #times: Float64Array = new Float64Array(64);
  #ats: Int32Array = new Int32Array(64);

  set(place: number, { time, at }: { readonly time: number; readonly at: number }): void {
    while (place >= this.#times.length) {
      this.#times = doubled(this.#times);
      this.#ats = doubled(this.#ats);
    }
    this.#times[place] = time;
    this.#ats[place] = at;
  }

  timeAt(place: number): number {
    return this.#times[place] as number;
  }

  atAt(place: number): number {
    return this.#ats[place] as number;
  }
}
