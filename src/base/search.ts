/** Index of the first entry above `value` in ascending `sums`, the last one where none is; `sums` not empty. */
export function indexAbove(sums: ArrayLike<number>, value: number): number {
  let first = 0;
  let last = sums.length - 1;
  while (first < last) {
    const middle = (first + last) >> 1;
    if ((sums[middle] as number) > value) last = middle;
    else first = middle + 1;
  }
  return first;
}
