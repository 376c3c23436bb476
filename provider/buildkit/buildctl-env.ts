/**
 * For every run of buildctl, over the process's own environment. buildctl hands a trace of itself to the daemon when all else
 * is done, and ends with an error (`context deadline exceeded`) where that takes longer than 50 ms, as it does on a busy
 * machine. Without a sample there is nothing to hand over, which is quicker; `buildctl` asks again where even that is late.
 */
export const buildctlEnv = { OTEL_TRACES_SAMPLER: "always_off" } as const;
