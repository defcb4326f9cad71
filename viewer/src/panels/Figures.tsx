/** Figures of the city and of plans side by side. */
export function Figures() { return null; }
