/** Which lifecycle rules of a bucket would destroy what a dataset rests on, and the exact setting to change. Pure. */
import type { LifecycleRule } from './bucket.js';

/** A run may last this long; a rule may abort its uploads only later. */
const LONGEST_RUN_DAYS = 1;
const ADVISED_DAYS = 7;

export interface LifecycleHazard {
  /** True: nothing may be written while the rule stands. False: worth knowing. */
  readonly refuses: boolean;
  /** What the rule does, with its name and its setting. */
  readonly evidence: string;
  readonly hint: string;
}

/** `prefixes`: of the dataset and of its control objects, each ending in `/`. In the order of the rules. */
export function lifecycleHazards(
  rules: readonly LifecycleRule[],
  bucket: string,
  prefixes: readonly string[],
): LifecycleHazard[] {
  return rules.flatMap((rule) => {
    const hit = prefixes.filter((prefix) => rule.prefix.startsWith(prefix) || prefix.startsWith(rule.prefix));
    return hit.length === 0 ? [] : hazardsOf(rule, bucket, hit);
  });
}

function hazardsOf(rule: LifecycleRule, bucket: string, hit: readonly string[]): LifecycleHazard[] {
  const name = rule.id === '' ? 'without an id' : `"${rule.id}"`;
  const covered = `${rule.prefix === '' ? 'of all objects' : `of Prefix = "${rule.prefix}"`}`;
  const found: LifecycleHazard[] = [];
  if (rule.expires !== null)
    found.push({
      refuses: !rule.needsTags,
      evidence: `lifecycle rule ${name} of s3://${bucket}/ expires objects below ${hit.join(' and ')} (${rule.expires} ${covered}${rule.needsTags ? ', with a tag' : ''})`,
      hint: rule.needsTags
        ? `Give no object below ${hit.join(' or ')} a tag that rule ${name} asks for.`
        : `Remove Expiration from rule ${name}, set its Status to Disabled, or give it a Filter.Prefix that does not cover ${hit.join(' or ')}.`,
    });
  const days = rule.abortsUploadsAfterDays;
  if (days !== null && days <= LONGEST_RUN_DAYS)
    found.push({
      refuses: true,
      evidence: `lifecycle rule ${name} of s3://${bucket}/ may abort the uploads of a run that still works (AbortIncompleteMultipartUpload.DaysAfterInitiation = ${days} ${covered}, and a run may last ${LONGEST_RUN_DAYS} day)`,
      hint: `Set AbortIncompleteMultipartUpload.DaysAfterInitiation of rule ${name} to ${ADVISED_DAYS}.`,
    });
  if (rule.archives !== null)
    found.push({
      refuses: false,
      evidence: `lifecycle rule ${name} of s3://${bucket}/ archives objects below ${hit.join(' and ')} (${rule.archives} ${covered})`,
      hint: `Readers and \`lakefill rollback\` cannot open archived objects: give rule ${name} a Filter.Prefix that does not cover ${hit.join(' or ')}, or another storage class.`,
    });
  return found;
}
