import type { Fault } from '../../kisim/fault.js';
import type { FleetField } from './fleet.js';

interface Problem {
  readonly index: number;
  readonly field: string;
  readonly message: string;
}

/** Fault lines that have nothing to strike in this fleet. */
export function checkFleetFaults(faults: readonly Fault[], { nodes }: FleetField): readonly Problem[] {
  const zones = new Set(nodes?.flatMap((pool) => pool.zones));
  return faults.flatMap((fault, index): readonly Problem[] => {
    const isOfNodes = fault.kind === 'node-loss' || fault.kind === 'zone-loss' || fault.kind === 'spot-reclaim';
    if (isOfNodes && !nodes) return [{ index, field: 'kind', message: 'needs fleet.nodes' }];
    if (fault.kind === 'zone-loss' && !zones.has(fault.zone))
      return [{ index, field: 'zone', message: `must be one of ${[...zones].join(', ')}` }];
    if (fault.kind === 'spot-reclaim' && !nodes?.some(({ capacity }) => capacity === 'spot'))
      return [{ index, field: 'kind', message: 'needs a pool of fleet.nodes with capacity: spot' }];
    return [];
  });
}
