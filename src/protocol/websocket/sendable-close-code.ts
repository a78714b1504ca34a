/** Whether a close frame may carry this code (RFC 6455 §7.4; 1004 to 1006 and 1015 are reserved for no wire). */
export function isSendableCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
}
