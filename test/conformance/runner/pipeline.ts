import { share } from 'rxjs';
import { NotRun, type Step } from './Case.ts';
import { type Stage, type Stream, stageOf } from './steps.ts';

/** Where a pipeline's streams and files are. */
export interface PipelineSetting {
  /** A source by its name. */
  source(name: string): Stream;
  /** A folder for files that steps write. */
  readonly folder: string;
}

/** A pipeline whose functions are all known; building it subscribes to nothing. */
export type Pipeline = (stream: Stream, setting: PipelineSetting) => Stream;

/** Translates a pipeline, or throws {@link NotRun}. `path` names its steps' states. */
export function pipelineOf(steps: readonly Step[] = [], path = 'step'): Pipeline {
  if (!Array.isArray(steps)) throw new Error(`expected an array of steps, got ${JSON.stringify(steps)}`);
  const stages = (steps as readonly Step[]).map((step, at) => (setting: PipelineSetting): Stage => {
    const name = `${path}.${at}.${step.op}`;
    return stageOf(step, { name, folder: setting.folder, other: (of, n) => otherOf(of, `${name}.${n}`, setting) });
  });
  const known: PipelineSetting = { source: () => neverBuilt(), folder: '' };
  for (const stage of stages) stage(known);
  return (stream, setting) =>
    stages.reduce((before, stage, at) => stage(setting)(branches(steps[at]) ? before.pipe(share()) : before), stream);
}

/** Whether a step begins another chain with the stream it is applied to; then the stream must be run once for both. */
function branches(step: Step | undefined): boolean {
  const others = [step?.other, ...((step?.others as readonly unknown[] | undefined) ?? [])];
  return others.some((other) => (other as { stream?: string } | undefined)?.stream === 'self');
}

/** Another stream: a named source, or "self", the stream at that point, each with a pipeline of its own. */
function otherOf(description: unknown, path: string, setting: PipelineSetting): Stage {
  if (description === undefined) throw new Error('expected another stream, got none');
  const { stream, pipeline } = description as { stream: string; pipeline?: readonly Step[] };
  const rest = pipelineOf(pipeline, path);
  return (self) => rest(stream === 'self' ? self : setting.source(stream), setting);
}

function neverBuilt(): never {
  throw new NotRun('a pipeline was built while it was being looked at');
}
