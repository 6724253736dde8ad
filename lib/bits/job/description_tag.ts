/**
 * What this library wrote at the end of a job's description, without the brackets; undefined when it did not make the
 * job. What it means: `download/job_tag.ts`.
 */
export function tagIn(description: string | null): string | undefined {
  return /\[windows-bits\/1 ([^[\]]+)\]$/.exec(description ?? '')?.[1];
}
