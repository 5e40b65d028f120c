import { expect } from 'vitest';
import { XaigridError, type ErrorCode } from '@xaigrid/contracts';

/** Runs `action` and expects an XaigridError with that code and a message that matches. */
export function expectError(action: () => unknown, code: ErrorCode, message: RegExp): void {
  let thrown: unknown;
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  expectXaigridError(thrown, code, message);
}

export async function expectRejection(promise: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  let thrown: unknown;
  try {
    await promise;
  } catch (error) {
    thrown = error;
  }
  expectXaigridError(thrown, code, message);
}

function expectXaigridError(thrown: unknown, code: ErrorCode, message: RegExp): void {
  expect(thrown).toBeInstanceOf(XaigridError);
  if (!(thrown instanceof XaigridError)) return;
  expect(thrown.message).toMatch(message);
  expect(thrown.code).toBe(code);
}
