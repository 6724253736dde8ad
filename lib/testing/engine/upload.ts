import type { FileState } from '../computer/state';
import { BitsSimulationError } from '../simulation_error';
import type { Run } from './run';

export function uploadFile({ job }: Run, file: FileState): Promise<void> {
  return Promise.reject(new BitsSimulationError(`uploads are not modelled yet: ${job.id} ${file.remoteName}`));
}
