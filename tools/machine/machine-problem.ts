import { type Problem, ProblemsError } from "../../domain/problems.js";

/** A problem of this machine rather than of the project's files; `where` is a program, a port or a path. */
export function machineProblem(where: string, message: string, remedy: string): Problem {
  return { place: { file: where }, message, remedy };
}

export function machineError(where: string, message: string, remedy: string): ProblemsError {
  return new ProblemsError("this machine", [machineProblem(where, message, remedy)]);
}
