import type { Replicas, Seconds } from '../base/units.js';
import type { TickListener } from '../scenarios/drive.js';
import type { RunTotals } from '../scenarios/fleet-run.js';
import type { Course, Moment } from './course.js';

/** Writes down a run as it goes. */
export interface CourseRecorder {
  readonly onTick: TickListener;
  /** The course, up to the end of the run. */
  finish(end: Seconds, totals: RunTotals): Course;
}

/** @param countFrom when counting begins; a run that starts with `initialReplicas` is at them until a tick says otherwise. */
export function createCourseRecorder(countFrom: Seconds, initialReplicas: Replicas): CourseRecorder {
  let spec = initialReplicas;
  const course: Moment[] = [{ at: countFrom, spec, injected: 0, misses: 0, replicaSeconds: 0 }];
  const add = (at: Seconds, { injected, misses, replicaSeconds }: RunTotals): void => {
    course.push({ at, spec, injected, misses, replicaSeconds });
  };
  return {
    onTick({ tick, replicas }, run) {
      spec = replicas.spec;
      if (tick > countFrom) add(tick, run.totals());
      else course[0] = { ...(course[0] as Moment), spec };
    },
    finish(end, totals) {
      add(end, totals);
      return course;
    },
  };
}
