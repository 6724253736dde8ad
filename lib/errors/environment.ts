import type { Environment } from './codes';

/**
 * Windows PE or a Windows container, as far as environment variables tell: Windows PE runs from the RAM disk X:, and
 * containers have the accounts ContainerAdministrator and ContainerUser. A restricted token cannot be told in this way.
 *
 * The guess is made only to give a reason for a failure, never to refuse anything.
 */
export function detectEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment | undefined {
  const value = (name: string) => variables[name]?.toUpperCase() ?? '';
  if (value('SystemDrive') === 'X:') return 'winpe';
  return /^CONTAINER(ADMINISTRATOR|USER)$/.test(value('USERNAME')) ? 'container' : undefined;
}
