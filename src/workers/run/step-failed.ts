/** A command of a supervised run ended with this code, and not 0. */
export class StepFailed extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`a command ended with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}
