/** Datasets by name, as a person typed them. */
import { LakefillError } from '../core/errors.js';
import { nearest } from '../core/nearest.js';
import type { Dataset, Project } from '../dataset/dataset.js';

/** The named datasets in the project's order; all when no name is given. Throws DATASET_UNKNOWN with the nearest name. */
export function chosenDatasets(project: Project, names: readonly string[]): readonly Dataset[] {
  if (names.length === 0) return project.datasets;
  const known = project.datasets.map((dataset) => dataset.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw new LakefillError('DATASET_UNKNOWN', `There is no dataset '${name}' in ${project.settings.dir}.`, {
      hint: near ? `Did you mean '${near}'?` : `The datasets are: ${known.join(', ') || 'none'}.`,
      context: { dataset: name, known },
    });
  }
  return project.datasets.filter((dataset) => names.includes(dataset.name));
}
