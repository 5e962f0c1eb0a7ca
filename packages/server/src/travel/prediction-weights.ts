export interface Input { name: string; mean: number; deviation: number }
export interface Hidden { weights: readonly number[]; bias: number; out: number }
export const inputs: readonly Input[] = [];
export const hidden: readonly Hidden[] = [];
export const outer: { bias: number; direct: readonly number[] } = { bias: 0, direct: [] };
