/** 1000 to 1003, 1007 to 1014, 3000 to 4999. */
const SENDABLE = /^(100[0-37-9]|101[0-4]|[34]\d{3})$/;

/** Whether a close frame may carry this code (RFC 6455 §7.4; 1004 to 1006 and 1015 are reserved for no wire). */
export function isSendableCloseCode(code: number): boolean {
  return SENDABLE.test(String(code));
}
