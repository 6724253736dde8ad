import type { Environment } from './codes';

/**
 * Detects Windows PE and Windows containers from environment variables: Windows PE runs from the RAM disk X:, and
 * containers have the accounts ContainerAdministrator and ContainerUser. A restricted token cannot be detected this
 * way.
 *
 * The result only explains failures. It is never used to refuse a call.
 */
export function detectEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment | undefined {
  const value = (name: string) => variables[name]?.toUpperCase() ?? '';
  if (value('SystemDrive') === 'X:') return 'winpe';
  return /^CONTAINER(ADMINISTRATOR|USER)$/.test(value('USERNAME')) ? 'container' : undefined;
}
