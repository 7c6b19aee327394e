import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { SCALED_OBJECT_SCHEMA, type ScaledObject } from '../autoscaling/scaled-object.js';
import { describeIssues } from '../base/describe-issues.js';

/** The ScaledObjects of a YAML file; other kinds are passed over. A text says why there are none. */
export function readScaledObjects(file: string): readonly ScaledObject[] | string {
  let documents: readonly { readonly kind?: unknown }[];
  try {
    documents = readDocuments(file);
  } catch (error) {
    return error instanceof Error ? error.message : 'not readable';
  }
  const objects = documents.filter((object) => object?.kind === 'ScaledObject');
  if (objects.length === 0) return 'holds no ScaledObject';
  const read: ScaledObject[] = [];
  for (const object of objects) {
    const parsed = SCALED_OBJECT_SCHEMA.safeParse(object);
    if (!parsed.success) return describeIssues(parsed.error, object, 'ScaledObject');
    read.push(parsed.data);
  }
  return read;
}

/** Throws as `fs` and `yaml` do. */
function readDocuments(file: string): readonly { readonly kind?: unknown }[] {
  const documents = parseAllDocuments(readFileSync(file, 'utf8'));
  for (const { errors } of documents) if (errors[0]) throw errors[0];
  return documents.map((document) => document.toJS());
}
