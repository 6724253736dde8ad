/**
 * The tag that this library writes at the end of a job's description, without the brackets; undefined for jobs that it
 * did not create. `download/job_tag.ts` defines its content.
 */
export function tagIn(description: string | null): string | undefined {
  return /\[windows-bits\/1 ([^[\]]+)\]$/.exec(description ?? '')?.[1];
}
