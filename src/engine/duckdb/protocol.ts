/** What parent and child say to each other, as JSON over the fork's channel. One job at a time per child. */
import type { ErrorCode } from '../../core/errors.js';
import { isLakefillError, LakefillError, messageOf } from '../../core/errors.js';
import type { QueryJob, SqlInspection, TransformJob, TransformResult } from '../transform-engine.js';

/** The only folder tree that SQL may touch, and where DuckDB spills. */
export interface SandboxFolders {
  readonly root: string;
  readonly spill: string;
}

export type ChildTask =
  | { readonly kind: 'transform'; readonly job: TransformJob; readonly folders: SandboxFolders }
  | { readonly kind: 'query'; readonly job: QueryJob; readonly folders: SandboxFolders }
  | { readonly kind: 'inspect'; readonly sql: string };

export type ChildMessage =
  | { readonly message: 'task'; readonly id: number; readonly task: ChildTask }
  | { readonly message: 'interrupt'; readonly id: number };

export interface TaskResults {
  transform: TransformResult;
  query: readonly Record<string, unknown>[];
  inspect: SqlInspection;
}

export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
  readonly context: Readonly<Record<string, unknown>>;
}

export type ChildAnswer =
  | { readonly id: number; readonly result: TaskResults[keyof TaskResults] }
  | { readonly id: number; readonly error: WireError };

export function toWire(error: unknown): WireError {
  if (isLakefillError(error)) {
    const { code, message, hint, context } = error;
    return { code, message, hint, context };
  }
  const message = `The engine failed unexpectedly: ${messageOf(error)}`;
  return { code: 'INTERNAL', message, hint: null, context: {} };
}

export function fromWire(error: WireError): LakefillError {
  const { code, message, hint, context } = error;
  return new LakefillError(code, message, { ...(hint === null ? {} : { hint }), context });
}
