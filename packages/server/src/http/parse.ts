import type { z } from "zod";
import { AppError } from "../lib/app-error.ts";

type Fault = { path: string; message: string };

/** Parses by the contract; what does not fit becomes `invalid_input`, or `limit_exceeded` where only a length is too great. */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.flatMap((issue) => leaves(issue, []));
  const errors = issues.slice(0, 20).map((issue) => toFault(issue, where));
  throw new AppError(issues.every(isLimit) ? "limit_exceeded" : "invalid_input", {
    errors,
    detail: summary(errors),
  });
}

type Issue = z.core.$ZodIssue;

/** The faults of a union are those of its nearest branch: the one with the fewest. */
function leaves(issue: Issue, prefix: PropertyKey[]): Issue[] {
  const path = [...prefix, ...issue.path];
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [{ ...issue, path }];
  const nearest = issue.errors.reduce((best, branch) => (branch.length < best.length ? branch : best));
  return nearest.flatMap((inner) => leaves(inner, path));
}

function isLimit(issue: Issue): boolean {
  if (issue.code === "custom") return issue.params?.["limit"] === true;
  return issue.code === "too_big" && (issue.origin === "string" || issue.origin === "array");
}

function toFault(issue: Issue, where: string): Fault {
  return {
    path: [where, ...issue.path.map(String)].filter((part) => part !== "").join("."),
    message: issue.message,
  };
}

function summary(errors: Fault[]): string {
  const first = errors[0];
  return first === undefined ? "The request is not valid" : `${first.path || "body"}: ${first.message}`;
}
