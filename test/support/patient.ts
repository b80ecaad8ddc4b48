/** For `vi.waitFor`: as long as a busy machine may take, and not the second that is its default. */
export const PATIENT: { readonly timeout: number; readonly interval: number } = { timeout: 60_000, interval: 5 };
