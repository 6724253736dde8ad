import type { Case } from '../case';
import { addingFiles } from './adding_files';
import { callbacks } from './callbacks';
import { conditions } from './conditions';
import { downloading } from './downloading';
import { ending } from './ending';
import { errors } from './errors';
import { library } from './library';
import { ownership } from './ownership';
import { properties } from './properties';
import { restart } from './restart';
import { resuming } from './resuming';
import { settings } from './settings';
import { states } from './states';
import { uploads } from './uploads';

/** Every case, by subject. */
export const SUBJECTS: Readonly<Record<string, readonly Case[]>> = {
  states,
  files: addingFiles,
  downloading,
  resuming,
  errors,
  ending,
  callbacks,
  settings,
  properties,
  ownership,
  conditions,
  restart,
  uploads,
  library,
};

export const CASES: readonly Case[] = Object.values(SUBJECTS).flat();
