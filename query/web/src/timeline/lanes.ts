/** Where a lane stands, in percent of the width. */
export const laneAt = (lane: number, lanes: number): number => (lanes < 2 ? 50 : 10 + (lane * 80) / (lanes - 1))
