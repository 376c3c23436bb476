/** Where a built image stands in a pass. Below `GaveUp` nothing keeps its children but time. */
export enum Standing {
  /** Built on what its parents are now, and released. */
  Settled = 0,
  /** To be rebuilt now. */
  Ready = 1,
  Running = 2,
  /** Failed, and to be tried again later. */
  BackOff = 3,
  /** A parent is one of the three above, or waits itself. */
  Waiting = 4,
  GaveUp = 5,
  /** A person rebuilds it. */
  Manual = 6,
  /** What would be built is recalled itself. */
  Recalled = 7,
  /** A parent is one of the three above, or is held itself; or nothing good is left of a watched one. */
  Held = 8,
}

export function isActive(standing: Standing): boolean {
  return standing !== Standing.Settled && standing < Standing.GaveUp;
}
