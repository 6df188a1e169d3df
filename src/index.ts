/** The public API: everything that the command line uses, and nothing that it does not need. */
export { openProject } from './project.js';
export { ERROR_CODES, isLakefillError, LakefillError } from './core/errors.js';
export type { ErrorCode } from './core/errors.js';
export type * from './api/types.js';
export type * from './api/documents.js';
export type * from './plan/plan.js';
export type { SelectionOptions } from './plan/selection.js';
export type * from './run/diff-document.js';
export type * from './run/events.js';
export type * from './run/run-document.js';
export type { Dataset, ProjectSettings } from './dataset/dataset.js';
export { loadPlan, savePlan } from './plan/plan-file.js';
export { initProject } from './api/init.js';
export type { InitDocument, InitOptions } from './api/init.js';
export { definitionSchema } from './api/schema.js';
export type { Reason, Status } from './scan/status.js';
