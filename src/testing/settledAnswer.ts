/** The kit's word for it: waits for an answer, whatever its kind. */
export { promised as settledAnswer } from '../core/Answer.ts';
