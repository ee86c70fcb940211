import type { TrailQuery } from '../types';
import type { ListValues } from '../values';

/** What the editors of all types of query get. */
export interface PartProps {
  query: TrailQuery;
  /** change stores a part of the query and runs it. */
  change: (part: Partial<TrailQuery>) => void;
  listValues: ListValues;
}
