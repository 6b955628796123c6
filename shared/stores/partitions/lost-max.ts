/**
 * A place that was started anew may have forgotten the last that it did, and would give the numbers
 * of then once more; so they go on farther behind than it could have got meanwhile.
 */
export const TOKENS_LOST_MAX = 2 ** 32;
export const EPOCHS_LOST_MAX = 2 ** 20;
export const REVISIONS_LOST_MAX = 2 ** 32;
