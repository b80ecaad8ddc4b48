/** A block makes no sense although its checksum is right. */
export class BlockError extends Error {}
