const TIE = 2 ** 20;

/** Slots by the count of decode steps at which they are complete; equal counts in the order of joining. A binary heap in columns. */
export class CompletionHeap {
  #keys = new Float64Array(64);
  #slots = new Int32Array(64);
  #size = 0;
  #joined = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  get firstStep(): number {
    return Math.floor((this.#keys[0] as number) / TIE);
  }

  get firstSlot(): number {
    return this.#slots[0] as number;
  }

  push(step: number, slot: number): void {
    if (this.#size === this.#keys.length) this.#grow();
    const key = step * TIE + (this.#joined++ & (TIE - 1));
    let i = this.#size++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = this.#keys[parent] as number;
      if (above <= key) break;
      this.#keys[i] = above;
      this.#slots[i] = this.#slots[parent] as number;
      i = parent;
    }
    this.#keys[i] = key;
    this.#slots[i] = slot;
  }

  pop(): void {
    const size = --this.#size;
    const keys = this.#keys;
    const slots = this.#slots;
    const key = keys[size] as number;
    let i = 0;
    for (let child = 1; child < size; child = 2 * i + 1) {
      if (child + 1 < size && (keys[child + 1] as number) < (keys[child] as number)) child++;
      if ((keys[child] as number) >= key) break;
      keys[i] = keys[child] as number;
      slots[i] = slots[child] as number;
      i = child;
    }
    keys[i] = key;
    slots[i] = slots[size] as number;
  }

  clear(): void {
    this.#size = 0;
  }

  #grow(): void {
    const keys = new Float64Array(2 * this.#keys.length);
    const slots = new Int32Array(2 * this.#slots.length);
    keys.set(this.#keys);
    slots.set(this.#slots);
    this.#keys = keys;
    this.#slots = slots;
  }
}
