/** The time of what is not to happen. */
export const NEVER = Number.POSITIVE_INFINITY;
