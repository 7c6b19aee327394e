import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { SCALED_OBJECT_SCHEMA, type ScaledObject } from '../autoscaling/scaled-object.js';
import { describeIssues } from '../base/describe-issues.js';

/** The ScaledObjects of a YAML file; other kinds are passed over. A text says why there are none. Throws as `fs` does. */
export function readScaledObjects(file: string): readonly ScaledObject[] | string {
  const documents = parseAllDocuments(readFileSync(file, 'utf8'));
  const broken = documents.flatMap(({ errors }) => errors)[0];
  if (broken) return broken.message;
  const objects = documents.map((document) => document.toJS()).filter((object) => object?.kind === 'ScaledObject');
  if (objects.length === 0) return 'holds no ScaledObject';
  const read: ScaledObject[] = [];
  for (const object of objects) {
    const parsed = SCALED_OBJECT_SCHEMA.safeParse(object);
    if (!parsed.success) return describeIssues(parsed.error, object, 'ScaledObject');
    read.push(parsed.data);
  }
  return read;
}
